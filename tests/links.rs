//! Links: one spelling for one question, and every spelling leads to it.

use nearcast_tests::asking::{body, call, header, text};
use nearcast_tests::place::Place;
use nearcast_tests::sales::{dataset, lines};
use nearcast_tests::stores::Objects;
use serde_json::json;

fn open() -> Place {
    Place::public(&objects())
}

fn objects() -> Objects {
    dataset(&lines(1, 1_500, 4, 12, 800))
}

#[test]
fn every_other_spelling_leads_to_the_canonical_one() {
    let place = open();
    let canonical = place.pinned("top.json", "n=3&operation=dallas&period=2024-Q1&e=1");
    for arguments in [
        "operation=dallas&n=3&period=2024-Q1&e=1",
        "n=3&operation=Dallas&period=2024-Q1&e=1",
        "n=3&operation=dallas&period=2024-01..2024-03&e=1",
        "n=3&operation=dallas&order=desc&period=2024-Q1&e=1",
        "n=3&operation=%64allas&period=2024-Q1&e=1",
        "n=3&operation=dallas&period=2024-Q1",
        "n=03&operation=dallas&period=2024-Q1&e=1",
        "n=3&&operation=dallas&period=2024-Q1&e=1",
        "n=3&operation=dallas&period=2024-Q1&e=1&",
        // The epoch of an older Nearcast, or of none that there ever was.
        "n=3&operation=dallas&period=2024-Q1&e=0",
        "n=3&operation=dallas&period=2024-Q1&e=999",
        "n=3&operation=dallas&period=2024-Q1&e=01",
    ] {
        let response = place.get(&place.pinned("top.json", arguments), &[]);
        assert_eq!(response.status(), 307, "{arguments}");
        assert_eq!(header(&response, "location"), canonical, "{arguments}");
        assert_eq!(
            header(&response, "cache-control"),
            "public, max-age=60",
            "{arguments}"
        );
    }
    assert_eq!(place.get(&canonical, &[]).status(), 200);
    // Without any arguments the epoch is still in the canonical link.
    let bare = place.get(&format!("/v/sales/{}/top.json", place.version), &[]);
    assert_eq!(header(&bare, "location"), place.pinned("top.json", "e=1"));
}

#[test]
fn a_redirect_never_leads_to_another_one_or_elsewhere() {
    let place = open();
    for target in [
        "/v/sales/latest/top.json?operation=%2F%2Fevil.test%2F&n=7".to_owned(),
        "/v/sales/latest/top.json?operation=%0d%0aset-cookie:%20a=b".to_owned(),
        "/v/sales/latest/forecast.svg?horizon=1+year&levels=95,50".to_owned(),
        "/v/sales/latest/describe.json?dimension=Products&contains=%C3%89%22".to_owned(),
        "/v/sales/latest/top.json?filter.category=CHIPS&filter.category=nuts&by=Operation"
            .to_owned(),
    ] {
        let response = place.get(&target, &[]);
        assert_eq!(response.status(), 307, "{target}");
        let to = header(&response, "location").to_owned();
        assert!(
            to.starts_with(&format!("/v/sales/{}/", place.version)),
            "{to}"
        );
        assert!(!to.contains(['\r', '\n', ' ', '"']), "{to}");
        assert_eq!(header(&response, "set-cookie"), "");
        assert_ne!(place.get(&to, &[]).status(), 307, "{to}");
    }
}

#[test]
fn unknown_parameters_are_refused_and_not_kept() {
    let place = open();
    for (file, arguments, needle) in [
        ("top.json", "utm_source=mail&e=1", "utm_source"),
        ("top.json", "opration=dallas&e=1", "operation"),
        ("top.json", "n=5&n=6&e=1", "given 2 times"),
        ("top.csv", "e=latest", "answer epoch"),
        ("forecast.svg", "n=5&e=1", "unknown argument"),
        ("describe.json", "operation=dallas&e=1", "unknown argument"),
    ] {
        for version in [place.version.as_str(), "latest"] {
            let response = place.get(&format!("/v/sales/{version}/{file}?{arguments}"), &[]);
            assert_eq!(response.status(), 400, "{file} {arguments}");
            assert_eq!(
                header(&response, "cache-control"),
                "no-store",
                "{arguments}"
            );
            assert_eq!(header(&response, "etag"), "", "{arguments}");
            assert!(
                text(&response).contains(needle),
                "{arguments}: {}",
                text(&response)
            );
        }
    }
}

#[test]
fn the_links_of_a_tools_answer_are_canonical_and_give_the_same_answer() {
    let place = open();
    for (tool, arguments) in [
        ("top_n_products", json!({})),
        (
            "top_n_products",
            json!({"n": 3, "operation": " DALLAS ", "order": "asc", "period": "2024-01..2024-03"}),
        ),
        (
            "top_n_products",
            json!({"by": "Category", "measure": "Revenue", "filters": {"Channel": ["RETAIL", "online", "Retail"]}}),
        ),
        (
            "top_n_products",
            json!({"n": 3, "filters": {"region": ["Texas"]}, "period": "2024-02-29"}),
        ),
        (
            "forecast_sales",
            json!({"operation": "Dallas", "horizon": "next quarter", "levels": [95, 50]}),
        ),
        (
            "forecast_sales",
            json!({"grain": "week", "horizon": "3 weeks", "include_history": false, "model": "ets"}),
        ),
        (
            "forecast_sales",
            json!({"start_date": "2024-06-01", "horizon": "2026-03-31"}),
        ),
        (
            "forecast_sales",
            json!({"by": "Region", "horizon": "3 months", "measure": "Revenue"}),
        ),
        (
            "forecast_accuracy",
            json!({"operation": "Dallas", "levels": [95, 50], "period": "2025-01..2025-03"}),
        ),
        (
            "describe_data",
            json!({"dimension": "Product", "contains": "000", "limit": 3, "offset": 2}),
        ),
    ] {
        let reply = call(&place.store, &place.config, tool, &arguments);
        let structured = &reply["result"]["structuredContent"];
        let links = structured["receipt"]["links"]
            .as_object()
            .unwrap_or_else(|| panic!("{reply}"));
        for (format, link) in links {
            let response = place.get(link.as_str().expect("a link"), &[]);
            assert_eq!(
                response.status(),
                200,
                "{tool} {arguments}: {link}: {}",
                text(&response)
            );
            if format == "json" {
                // The receipt repeats names as they were asked for; the link has their one spelling. A link does not age.
                let (mut linked, mut told) = (body(&response), structured.clone());
                for answer in [&mut linked, &mut told] {
                    let receipt = answer["receipt"].as_object_mut().expect("a receipt");
                    receipt.retain(|key, _| {
                        !["notes", "resolved", "age_days"].contains(&key.as_str())
                    });
                }
                assert_eq!(linked, told, "{tool} {arguments}");
            }
        }
        if let Some(next) = structured["receipt"]["next"].as_str() {
            assert_eq!(place.get(next, &[]).status(), 200, "{next}");
        }
    }
}
