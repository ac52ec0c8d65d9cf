//! Charts against their committed pictures (`UPDATE_SNAPSHOTS=1` rewrites them), and against hostile names and odd series.

use std::path::PathBuf;

use super::*;
use crate::model::answer::{Backtest, Band, Forecast, ForecastAnswer, TopAnswer, TopRow};
use crate::model::calendar::Day;
use crate::model::dataset::{DatasetId, VersionId};
use crate::model::manifest::MeasureKind;
use crate::model::note::Notes;
use crate::model::receipt::{AnswerLink, QualityUsed, Resolved};
use crate::model::series::Series;
use crate::present::number;

/// What nobody should be able to do by naming a product.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"&' onload=\"alert(1)",
    "]]><!--<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "bell\u{7}null\u{0}esc\u{1b}[31m\u{85}\u{fffe}",
    "\u{202e}desrever\u{2066}",
    "Zalgo\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
    "&lt;b&gt; &#x3c;script>",
    "a name that is so much longer than any product should have that there is no room for it in any chart at all",
    "巧克力饼干巧克力饼干巧克力饼干巧克力饼干巧克力饼干巧克力饼干",
];

fn receipt(unit: &str, scale: u8, matched: &[&str]) -> Receipt {
    Receipt {
        dataset: DatasetId::new("demo").expect("dataset"),
        title: "Snack and drink vendor (demo)".into(),
        version: VersionId::new("0123456789abcdef").expect("version"),
        as_of: day("2026-06-30"),
        measure: Some(MeasureUsed {
            name: "units".into(),
            label: if unit == "units" {
                "Units sold"
            } else {
                "Revenue"
            }
            .into(),
            kind: if unit == "units" {
                MeasureKind::Quantity
            } else {
                MeasureKind::Money
            },
            unit: unit.into(),
            scale,
            ratio: None,
        }),
        period: Period {
            first: day("2023-07-01"),
            last: day("2026-06-30"),
        },
        complete: true,
        quality: QualityUsed::default(),
        resolved: vec![Resolved {
            dimension: "operation".into(),
            asked: "dallas".into(),
            matched: matched.iter().map(|m| (*m).to_owned()).collect(),
            how: "substring",
        }],
        rows: 5,
        truncated: true,
        rows_total: 312,
        notes: Notes::default(),
        link: AnswerLink::default(),
    }
}

fn day(text: &str) -> Day {
    Day::parse(text).expect(text)
}

fn top(names: &[&str], values: &[i64], total: i64) -> Answer {
    let row = |(i, (name, value)): (usize, (&&str, &i64))| TopRow {
        rank: u32::try_from(i).expect("few rows") + 1,
        id: format!("P{i}"),
        name: (*name).to_owned(),
        value: *value,
        ..TopRow::default()
    };
    Answer::Top(TopAnswer {
        by: "product".into(),
        by_label: "Product".into(),
        rows: names.iter().zip(values).enumerate().map(row).collect(),
        total,
        ..TopAnswer::default()
    })
}

/// A series with a season, and a forecast whose bands open.
fn forecast(
    grain: Grain,
    start: &str,
    history: usize,
    horizon: usize,
    level: i64,
) -> ForecastAnswer {
    let wave = |i: usize| {
        let phase = i64::try_from(i % 12).expect("small") - 6;
        level
            + level / 60 * (phase * phase - 12)
            + level / 150 * i64::try_from(i * 37 % 11).expect("small")
    };
    let real = |v: i64| number::natural(v, 0);
    let point: Vec<f64> = (history..history + horizon)
        .map(|i| real(wave(i)))
        .collect();
    let band = |percent: u8, part: f64| Band {
        level: percent,
        lower: (0..horizon)
            .map(|i| point[i] - part * real(level) * timeline::steps(i + 2).sqrt())
            .collect(),
        upper: (0..horizon)
            .map(|i| point[i] + part * real(level) * timeline::steps(i + 2).sqrt())
            .collect(),
    };
    ForecastAnswer {
        history: Series {
            grain,
            start: day(start),
            values: (0..history).map(wave).collect(),
        },
        shown_from: 0,
        steps_from: 0,
        forecast: Forecast {
            model: "mstl".into(),
            reason: "it did best in the backtest".into(),
            season_steps: grain.season_steps(),
            bands: vec![band(80, 0.05), band(95, 0.08)],
            effects: Vec::new(),
            point,
            backtest: Some(Backtest {
                origins: 6,
                horizon_steps: horizon,
                candidates: Vec::new(),
                left_out: Vec::new(),
                wape: Some(0.08),
                mase: 0.786,
                bias: Some(0.01),
                skill: 0.214,
                coverage: vec![(80, 0.81)],
                by_step: Vec::new(),
            }),
            notes: Notes::default(),
        },
        partial: None,
        planned: Vec::new(),
        parts: None,
    }
}

fn drawn(receipt: Receipt, answer: Answer) -> String {
    svg(&Answered { receipt, answer }).expect("a chart")
}

fn text_of(node: roxmltree::Node<'_, '_>) -> String {
    node.descendants()
        .filter(roxmltree::Node::is_text)
        .filter_map(|n| n.text())
        .collect()
}

/// Parses a chart, and holds it to the elements, attributes and characters that a chart may have.
fn check(chart: &str) {
    const ELEMENTS: [&str; 9] = [
        "svg", "title", "desc", "style", "g", "rect", "path", "circle", "text",
    ];
    const ATTRIBUTES: [&str; 24] = [
        "width",
        "height",
        "viewBox",
        "role",
        "font-family",
        "class",
        "fill",
        "font-size",
        "font-weight",
        "x",
        "y",
        "cx",
        "cy",
        "r",
        "d",
        "stroke",
        "stroke-width",
        "stroke-linejoin",
        "stroke-dasharray",
        "fill-opacity",
        "text-anchor",
        "stroke-linecap",
        "rx",
        "opacity",
    ];
    let document = roxmltree::Document::parse(chart).expect("well-formed XML");
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(ELEMENTS.contains(&name), "element {name}");
        for attribute in node.attributes() {
            assert!(
                ATTRIBUTES.contains(&attribute.name()),
                "attribute {}",
                attribute.name()
            );
            let value = attribute.value();
            assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
            if attribute.name() == "width" || attribute.name() == "height" {
                assert!(!value.starts_with('-'), "{name} {value}");
            }
        }
        for (name, most) in [("x", WIDTH), ("y", HEIGHT), ("cx", WIDTH), ("cy", HEIGHT)] {
            let value: f64 = node
                .attribute(name)
                .unwrap_or("0")
                .parse()
                .expect("a number");
            assert!(
                (0.0..=most).contains(&value),
                "{name}={value} lies outside the picture"
            );
        }
        if name == "style" {
            assert_eq!(text_of(node), theme::STYLE);
        } else if name == "text" {
            let text = text_of(node);
            assert!(
                !text
                    .chars()
                    .any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)),
                "{text:?}"
            );
        }
    }
    assert!(
        document
            .descendants()
            .all(|n| !n.is_comment() && !n.is_pi()),
        "only elements and text"
    );
}

/// Every text lies inside the picture, by the estimate of its width.
fn check_texts_fit(chart: &str) {
    let document = roxmltree::Document::parse(chart).expect("well-formed XML");
    for node in document
        .descendants()
        .filter(|n| n.has_tag_name("text") || n.tag_name().name() == "text")
    {
        let inherited = |name: &str| {
            node.ancestors()
                .find_map(|n| n.attribute(name).map(str::to_owned))
        };
        let size: f64 = inherited("font-size")
            .expect("a size")
            .parse()
            .expect("a number");
        let x: f64 = node.attribute("x").expect("x").parse().expect("a number");
        let text = text_of(node);
        let extent = words::extent(&text, size);
        let (from, to) = match node.attribute("text-anchor") {
            Some("end") => (x - extent, x),
            Some("middle") => (x - extent / 2.0, x + extent / 2.0),
            _ => (x, x + extent),
        };
        assert!(from >= 0.0 && to <= WIDTH, "{text:?} from {from} to {to}");
    }
}

fn snapshot(name: &str, chart: &str) {
    check(chart);
    check_texts_fit(chart);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/svg")
        .join(format!("{name}.svg"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, chart).expect("written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == chart,
        "{} differs: look at it, then run the test with UPDATE_SNAPSHOTS=1",
        path.display()
    );
}

#[test]
fn forecasts_look_as_committed() {
    let monthly = || forecast(Grain::Month, "2023-07-01", 36, 6, 11_400);
    let mut money = monthly();
    money.history.values.iter_mut().for_each(|v| *v *= 12_345);
    for values in std::iter::once(&mut money.forecast.point).chain(
        money
            .forecast
            .bands
            .iter_mut()
            .flat_map(|b| [&mut b.lower, &mut b.upper]),
    ) {
        for value in values.iter_mut() {
            *value *= 123.45;
        }
    }
    money.partial = Some((day("2026-07-01"), 5));
    let mut future = monthly();
    (future.shown_from, future.steps_from) = (36, 2);
    let two = ForecastAnswer {
        forecast: Forecast {
            model: "mean".into(),
            season_steps: 1,
            backtest: None,
            ..forecast(Grain::Month, "2026-05-01", 2, 1, 40).forecast
        },
        ..forecast(Grain::Month, "2026-05-01", 2, 1, 40)
    };
    let all = [
        "Dallas",
        "Dallas North",
        "Dallas Love Field",
        "Fort Worth Alliance",
        "Arlington",
    ];
    for (name, unit, scale, matched, answer) in [
        (
            "forecast_monthly",
            "units",
            0,
            &["Dallas", "Dallas North"][..],
            monthly(),
        ),
        ("forecast_money", "USD", 2, &all[..], money),
        ("forecast_future_only", "units", 0, &["Dallas"][..], future),
        ("forecast_two_points", "units", 0, &["Dallas"][..], two),
        (
            "forecast_daily",
            "units",
            0,
            &["Dallas"][..],
            forecast(Grain::Day, "2023-07-01", 1_096, 90, 400),
        ),
        (
            "forecast_weekly",
            "units",
            0,
            &[][..],
            forecast(Grain::Week, "2024-12-30", 78, 13, 2_800),
        ),
        (
            "forecast_yearly",
            "units",
            0,
            &[][..],
            forecast(Grain::Year, "2015-01-01", 11, 3, 2_800_000),
        ),
    ] {
        snapshot(
            name,
            &drawn(receipt(unit, scale, matched), Answer::Forecast(answer)),
        );
    }
}

#[test]
fn rankings_look_as_committed() {
    let names = [
        "Sea Salt Kettle Chips 150 g",
        "Cola Zero 0.5 l",
        "Dark Chocolate Almonds",
        "Still Water 1 l",
        "Trail Mix",
    ];
    let many: Vec<String> = (1..=1_000).map(|i| format!("Product number {i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let falling: Vec<i64> = (0..1_000).map(|i| 1_000_000 - i * 900).collect();
    for (name, unit, scale, answer) in [
        (
            "top_five",
            "units",
            0,
            top(&names, &[12_431, 11_020, 8_311, 6_120, 5_998], 151_234),
        ),
        (
            "top_money",
            "USD",
            2,
            top(
                &names,
                &[3_123_456_789, 2_412_345_678, 912_345_678, 812_345_678, 99],
                9_123_456_789,
            ),
        ),
        (
            "top_returns",
            "units",
            0,
            top(&names, &[-420, -80, 0, 35, 310], 4_000),
        ),
        (
            "top_hostile",
            "units",
            0,
            top(&HOSTILE, &[90, 80, 70, 60, 50, 40, 30, 20, 10], 1_000),
        ),
        (
            "top_thousand",
            "units",
            0,
            top(&many, &falling, falling.iter().sum()),
        ),
        ("top_one", "units", 0, top(&names[..1], &[7], 7)),
        ("top_none", "units", 0, top(&[], &[], 0)),
    ] {
        let mut receipt = receipt(unit, scale, &["Dallas", "Dallas North"]);
        if let Answer::Top(top) = &answer {
            receipt.rows = u32::try_from(top.rows.len()).expect("few");
            receipt.rows_total = receipt.rows.max(if receipt.rows == 5 { 312 } else { 0 });
        }
        snapshot(name, &drawn(receipt, answer));
    }
}

#[test]
fn hostile_names_are_inert_wherever_they_stand() {
    for name in HOSTILE {
        let mut receipt = receipt(name, 0, &[name, name]);
        receipt.title = name.into();
        if let Some(measure) = &mut receipt.measure {
            measure.label = name.into();
        }
        let mut answer = forecast(Grain::Month, "2023-07-01", 36, 6, 11_400);
        answer.forecast.model = name.into();
        for chart in [
            drawn(receipt.clone(), Answer::Forecast(answer)),
            drawn(receipt.clone(), top(&[name, name], &[2, 1], 3)),
        ] {
            check(&chart);
            check_texts_fit(&chart);
            assert!(
                !chart.contains("<script") && !chart.contains("<!"),
                "{name}"
            );
        }
    }
}

#[test]
fn odd_series_still_make_a_chart() {
    let series: [&[i64]; 8] = [
        &[0; 24],
        &[7; 24],
        &[-5, -9, -1],
        &[i64::MAX, i64::MIN, 0],
        &[i64::MAX; 3],
        &[1],
        &[1, 2],
        &[0, 0, 0, 1],
    ];
    for values in series {
        for scale in [0, 2, 6] {
            for grain in Grain::ALL {
                for horizon in [0, 1, 6] {
                    let mut answer = forecast(grain, "2024-01-01", 1, horizon, 60);
                    answer.history.values = values.to_vec();
                    let chart = drawn(receipt("units", scale, &[]), Answer::Forecast(answer));
                    check(&chart);
                    check_texts_fit(&chart);
                }
            }
            let names: Vec<&str> = values.iter().map(|_| "Cola").collect();
            let total = values.iter().fold(0_i64, |a, b| a.saturating_add(*b));
            let chart = drawn(receipt("units", scale, &[]), top(&names, values, total));
            check(&chart);
            check_texts_fit(&chart);
        }
    }
}

#[test]
fn what_has_no_chart_says_so() {
    let mut nothing = forecast(Grain::Month, "2023-07-01", 36, 6, 11_400);
    (nothing.shown_from, nothing.steps_from) = (36, 6);
    let mut broken = forecast(Grain::Month, "2023-07-01", 36, 6, 11_400);
    broken.forecast.point[2] = f64::NAN;
    let mut ragged = forecast(Grain::Month, "2023-07-01", 36, 6, 11_400);
    ragged.forecast.bands[0].upper.pop();
    for (answer, kind) in [
        (nothing, crate::ErrorKind::Invalid),
        (broken, crate::ErrorKind::Internal),
        (ragged, crate::ErrorKind::Internal),
    ] {
        let answered = Answered {
            receipt: receipt("units", 0, &[]),
            answer: Answer::Forecast(answer),
        };
        assert_eq!(svg(&answered).expect_err("no chart").kind(), kind);
    }
}

#[test]
fn a_thousand_rows_are_cut_and_the_chart_says_so() {
    let names = vec!["Cola"; 1_000];
    let values: Vec<i64> = (0..1_000).rev().collect();
    let chart = drawn(receipt("units", 0, &[]), top(&names, &values, 499_500));
    assert_eq!(
        chart.matches("class=\"bar\"").count(),
        crate::limits::CHART_ROWS_MAX
    );
    assert!(chart.contains("15 of 1,000 rows are drawn"), "{chart}");
}
