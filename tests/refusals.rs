//! Bad input of every kind: each gets a clear error that says what to change, and nothing is lost.

use nearcast::ErrorKind;
use nearcast::ingest::ingest_csv_bytes;
use nearcast::shell::RangeRead;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{NOW, answer, body, call, get, header, public, text};
use nearcast_tests::sales::{dataset, lines, version};
use nearcast_tests::stores::{Objects, memory};
use serde_json::{Value, json};

fn objects() -> Objects {
    dataset(&lines(3, 700, 3, 8, 500))
}

/// The text of a tool's result that is an error the model can mend.
fn mistake(reply: &Value) -> &str {
    assert_eq!(reply["result"]["isError"], true, "{reply}");
    reply["result"]["content"][0]["text"]
        .as_str()
        .expect("text")
}

fn detail(store: &impl RangeRead, target: &str, status: u16) -> String {
    let response = get(store, &public("sales"), target);
    assert_eq!(response.status(), status, "{target}: {}", text(&response));
    body(&response)["detail"]
        .as_str()
        .expect("a detail")
        .to_owned()
}

#[test]
fn an_unknown_tool_is_refused_by_name() {
    let store = memory(&objects());
    let reply = call(&store, &public("sales"), "top_products", &json!({}));
    assert_eq!(reply["error"]["code"], -32602, "{reply}");
    let message = reply["error"]["message"].as_str().expect("a message");
    assert!(
        message.contains("top_products") && message.contains("top_n_products"),
        "{message}"
    );
}

#[test]
fn wrong_arguments_say_what_to_give_instead() {
    let store = memory(&objects());
    for (tool, arguments, needles) in [
        ("top_n_products", json!({"n": "five"}), &["n", "five"][..]),
        ("top_n_products", json!({"n": 0}), &["n", "1", "1000"]),
        ("top_n_products", json!({"n": 1001}), &["n", "1", "1000"]),
        ("top_n_products", json!({"n": -3}), &["n", "1", "1000"]),
        ("top_n_products", json!({"n": 2.5}), &["n", "2.5"]),
        ("top_n_products", json!({"n": 1e300}), &["n"]),
        ("top_n_products", json!({"operation": 7}), &["operation"]),
        (
            "top_n_products",
            json!({"operation": ["Dallas"]}),
            &["operation"],
        ),
        (
            "top_n_products",
            json!({"operaton": "Dallas"}),
            &["operaton", "operation"],
        ),
        (
            "top_n_products",
            json!({"operation": "x".repeat(500)}),
            &["200 characters"],
        ),
        ("top_n_products", json!({"order": "up"}), &["desc", "asc"]),
        (
            "top_n_products",
            json!({"period": "last summer"}),
            &["last summer", "2026-Q3"],
        ),
        (
            "top_n_products",
            json!({"period": "2025-06..2025-01"}),
            &["ends", "before"],
        ),
        (
            "top_n_products",
            json!({"period": "1990"}),
            &["no data", "2023-11-15"],
        ),
        (
            "top_n_products",
            json!({"filters": {"category": []}}),
            &["category", "at least one value"],
        ),
        (
            "top_n_products",
            json!({"filters": {"category": "Chips and such"}}),
            &["category"],
        ),
        (
            "top_n_products",
            json!({"filters": {"colour": ["red"]}}),
            &["no dimension", "category"],
        ),
        (
            "top_n_products",
            json!({"filters": {"category": ["Chps"]}}),
            &["Chps", "Chips"],
        ),
        (
            "top_n_products",
            json!({"measure": "profit"}),
            &["profit", "revenue"],
        ),
        (
            "top_n_products",
            json!({"by": "shelf"}),
            &["shelf", "product"],
        ),
        (
            "top_n_products",
            json!({"operation": "dalas"}),
            &["dalas", "Dallas"],
        ),
        (
            "top_n_products",
            json!({"dataset": "../etc"}),
            &["dataset", "lowercase letters"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "40 years"}),
            &["horizon", "at most"],
        ),
        (
            "forecast_accuracy",
            json!({"include_history": true}),
            &["include_history", "period"],
        ),
        (
            "forecast_accuracy",
            json!({"period": "soon"}),
            &["soon", "2026-Q3"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "soon"}),
            &["soon", "6 months"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "0 months"}),
            &["horizon", "1 to"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "2001-01-01"}),
            &["horizon", "later"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "99999999 days"}),
            &["horizon", "2000"],
        ),
        (
            "forecast_sales",
            json!({"grain": "decade"}),
            &["decade", "month"],
        ),
        (
            "forecast_sales",
            json!({"levels": [80, 200]}),
            &["level", "99"],
        ),
        ("forecast_sales", json!({"levels": [30]}), &["level", "50"]),
        (
            "forecast_sales",
            json!({"levels": ["high"]}),
            &["level", "high"],
        ),
        (
            "forecast_sales",
            json!({"start_date": "01/02/2025"}),
            &["01/02/2025", "YYYY-MM-DD"],
        ),
        (
            "forecast_sales",
            json!({"start_date": "2099-01-01"}),
            &["start_date", "earlier"],
        ),
        (
            "forecast_sales",
            json!({"include_history": "maybe"}),
            &["include_history"],
        ),
        (
            "forecast_sales",
            json!({"model": "oracle"}),
            &["oracle", "seasonal_naive"],
        ),
        (
            "describe_data",
            json!({"dimension": "shelf"}),
            &["shelf", "product"],
        ),
        ("describe_data", json!({"limit": 0}), &["limit", "1000"]),
        ("describe_data", json!({"offset": -1}), &["offset"]),
    ] {
        let reply = call(&store, &public("sales"), tool, &arguments);
        let said = mistake(&reply);
        for needle in needles {
            assert!(
                said.contains(needle),
                "{tool} {arguments}: {said:?} lacks {needle:?}"
            );
        }
        assert!(
            said.chars().count() < 700,
            "{tool}: an error is short: {said}"
        );
    }
}

#[test]
fn wrong_links_say_what_to_write_instead() {
    let store = memory(&objects());
    for (file, arguments, status, needle) in [
        ("top.json", "n=many", 400, "1 to 1000"),
        ("top.json", "n=99999999999", 400, "1 to 1000"),
        ("forecast.json", "horizon=40+years", 400, "at most"),
        ("forecast.svg", "horizon=41+years&grain=day", 422, "at most"),
        ("forecast.json", "levels=99.9", 400, "50 to 99"),
        ("top.json", "operation=dalas", 404, "dalas"),
        ("top.json", "operation=", 400, "empty"),
        ("top.json", "filter.product=p9999", 404, "p9999"),
        ("top.json", "period=2031", 400, "reach from 2023-11-15"),
        ("describe.svg", "", 404, "use json or csv"),
        ("describe.json", "dimension=nothing", 404, "nothing"),
    ] {
        let current = version(&objects(), "sales");
        let separator = if arguments.is_empty() { "" } else { "&" };
        let canonical = format!("/v/sales/{current}/{file}?{arguments}{separator}e=1");
        let response = get(&store, &public("sales"), &canonical);
        let target = match response.status().as_u16() {
            307 => header(&response, "location").to_owned(),
            _ => canonical,
        };
        let said = detail(&store, &target, status);
        assert!(
            said.contains(needle),
            "{file}?{arguments}: {said:?} lacks {needle:?}"
        );
    }
}

#[test]
fn a_horizon_of_forty_years_is_refused_and_one_of_the_history_is_not() {
    let store = memory(&dataset(&lines(8, 3_000, 3, 8, 1_100)));
    let said = detail(
        &store,
        &follow(&store, "/v/sales/latest/forecast.json?horizon=40+years"),
        400,
    );
    assert!(
        said.contains("480 months") && said.contains("ask for at most"),
        "{said}"
    );
    let most: usize = said
        .rsplit(' ')
        .next()
        .expect("a number")
        .parse()
        .expect("a number");
    let fine = answer(
        &store,
        &public("sales"),
        &format!("/v/sales/latest/forecast.json?horizon={most}+months"),
    );
    assert_eq!(fine["forecast"].as_array().expect("steps").len(), most);
    let reply = call(
        &store,
        &public("sales"),
        "forecast_sales",
        &json!({"horizon": format!("{} months", most + 1)}),
    );
    assert!(mistake(&reply).contains("at most"), "{reply}");
}

fn follow(store: &impl RangeRead, target: &str) -> String {
    let response = get(store, &public("sales"), target);
    assert_eq!(response.status(), 307, "{target}: {}", text(&response));
    header(&response, "location").to_owned()
}

/// Daily rows of one product whose units are made by `of`, as a dataset by month.
fn monthly(values: &[i64]) -> MemoryStore {
    let mut source = String::from("date,operation,product_id,product_name,units\n");
    for (i, value) in values.iter().enumerate() {
        source += &format!(
            "{}-{:02}-28,Dallas,P1,Chips,{value}\n",
            2020 + i / 12,
            i % 12 + 1
        );
        source += &format!("{}-{:02}-01,Dallas,P1,Chips,0\n", 2020 + i / 12, i % 12 + 1);
    }
    memory(&ingest_csv_bytes(source.as_bytes(), "sales", NOW).expect("ingested"))
}

#[test]
fn two_points_are_forecast_without_pretence_or_refused() {
    for count in 1..=4 {
        let store = monthly(&[10, 12, 9, 11][..count]);
        let response = get(
            &store,
            &public("sales"),
            &follow(&store, "/v/sales/latest/forecast.json?horizon=2+months"),
        );
        let said = body(&response);
        match response.status().as_u16() {
            200 => {
                let steps = said["forecast"].as_array().expect("steps");
                assert_eq!(steps.len(), 2);
                for step in steps {
                    let value = |name: &str| step[name].as_f64().expect("a number");
                    assert!(
                        value("lower") <= value("estimate") && value("estimate") <= value("upper"),
                        "{step}"
                    );
                    assert!(value("estimate").abs() < 100.0, "{step}");
                }
                let notes = said["receipt"]["notes"].to_string();
                assert!(
                    notes.contains("short") || notes.contains("few") || notes.contains("history"),
                    "{count}: {notes}"
                );
            }
            status => {
                assert!(matches!(status, 400 | 422), "{said}");
                assert!(
                    said["detail"]
                        .as_str()
                        .is_some_and(|d| d.contains("history") || d.contains("points")),
                    "{count}: {said}"
                );
            }
        }
        // The ranking does not need a history.
        assert_eq!(
            answer(&store, &public("sales"), "/v/sales/latest/top.json")["rows"]
                .as_array()
                .expect("rows")
                .len(),
            1
        );
    }
}

#[test]
fn constant_and_all_zero_series_stay_what_they_are() {
    for value in [0, 7, -3] {
        for months in [12, 30, 40] {
            let store = monthly(&vec![value; months]);
            let target = "/v/sales/latest/forecast.json?horizon=6+months";
            let response = get(&store, &public("sales"), &follow(&store, target));
            let said = body(&response);
            if response.status() != 200 {
                assert_eq!(response.status(), 422, "{value} x {months}: {said}");
                continue;
            }
            let steps = said["forecast"].as_array().expect("steps");
            assert_eq!(steps.len(), 6, "{value} x {months}");
            for step in steps {
                assert_eq!(step["estimate"], value, "{value} x {months}: {step}");
                let of = |name: &str| step[name].as_i64().expect("whole");
                assert!(of("lower") <= value && value <= of("upper"), "{step}");
                assert!(
                    of("upper") - of("lower") <= 2,
                    "{value} x {months}: nothing ever varied: {step}"
                );
            }
            // The chart of it has no point that is not a number.
            let svg = get(
                &store,
                &public("sales"),
                &follow(&store, "/v/sales/latest/forecast.svg"),
            );
            assert_eq!(svg.status(), 200);
            assert!(
                !text(&svg).contains("NaN") && !text(&svg).contains("inf"),
                "{value} x {months}"
            );
        }
    }
}

#[test]
fn a_file_that_is_no_sales_history_is_refused_and_says_why() {
    for (source, needle) in [
        ("", "empty"),
        ("date,operation,units\n", "no row"),
        (
            "operation,product_id,product_name,units\nDallas,1,Chips,5\n",
            "date",
        ),
        (
            "date,operation,product_name\n2025-01-01,Dallas,Chips\n",
            "number",
        ),
        (
            "date,product_name,units\n2025-01-01,Chips,many\n",
            "no column of numbers",
        ),
        (
            "date,product_name,units\n2025-13-41,Chips,4\n",
            "2025-13-41",
        ),
    ] {
        let error = ingest_csv_bytes(source.as_bytes(), "sales", NOW).expect_err(source);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{source:?}: {error}");
        assert!(
            error.to_string().contains(needle),
            "{source:?}: {error} lacks {needle:?}"
        );
    }
}

#[test]
fn the_last_month_of_monthly_data_is_history_and_not_a_part_of_one() {
    let mut source = String::from(
        "OPERATION_NAME,PRODUCT_ID,PRODUCT_NAME,CALENDAR_YEAR,CALENDAR_MONTH,UNITS_SOLD\n",
    );
    for month in 1..=12 {
        source += &format!("Dallas,1,Chips,2025,{month},{}\n", 10 * month);
    }
    let store = memory(&ingest_csv_bytes(source.as_bytes(), "sales", NOW).expect("ingested"));
    let answer = answer(&store, &public("sales"), "/v/sales/latest/forecast.json");
    let history = answer["history"].as_array().expect("a history");
    assert_eq!((history.len(), &history[11]["value"]), (12, &json!(120)));
    assert_eq!(answer["forecast"][0]["date"], "2026-01-01");
    assert_eq!(answer.get("partial"), None);
    assert_eq!(answer["receipt"]["as_of"], "2025-12-31");
    assert_eq!(answer["receipt"]["complete"], true);
}
