//! What holds for any data and any question: answers are the sums of the lines, whatever was asked and however it was read.

use std::collections::BTreeMap;

use nearcast::compute::aggregate;
use nearcast::model::calendar::{Day, Grain, Period};
use nearcast::model::dataset::DatasetId;
use nearcast::model::manifest::{Attached, Manifest, Value};
use nearcast::model::scan::Scan;
use nearcast::plan::{Planned, plan, plan_names};
use nearcast::read;
use nearcast::read::parquet::decode;
use nearcast::shell::RangeRead;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{answer, block_on, public};
use nearcast_tests::sales::{self, Chance, Line, dataset, lines, series, sums};
use nearcast_tests::stores::{Objects, memory};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use serde_json::Value as Json;

/// The same cases on every machine and in every run.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_121),
        ..ProptestConfig::default()
    }
}

const DIMENSIONS: [&str; 5] = ["operation", "region", "product", "category", "channel"];
const STORED: [&str; 3] = ["operation", "product", "channel"];
const MEASURES: [&str; 2] = ["units", "revenue"];

/// A dataset with its lines.
struct Data {
    lines: Vec<Line>,
    objects: Objects,
    manifest: Manifest,
    attached: Attached,
    names: BTreeMap<String, Vec<Value>>,
}

impl Data {
    fn new(lines: Vec<Line>) -> Self {
        let objects = dataset(&lines);
        let sales = DatasetId::new("sales").expect("a name");
        let pointer = &objects["sales/current.json"];
        let manifest = read::manifest::pointer(pointer, &sales)
            .expect("a pointer")
            .manifest;
        let attached = read::manifest::attachments(pointer, &manifest).expect("attachments");
        let store = memory(&objects);
        let names = manifest
            .dimensions
            .iter()
            .map(|d| {
                let values = if d.values.is_empty() {
                    let plan = plan_names(&d.name, &manifest).expect("a plan");
                    let tables = fetch(&store, &plan, &manifest);
                    tables[0].names().expect("names")
                } else {
                    d.values.clone()
                };
                (d.name.clone(), values)
            })
            .collect();
        Self {
            lines,
            objects,
            manifest,
            attached: Attached::new(attached),
            names,
        }
    }

    fn name(&self, dimension: &str, code: usize) -> &str {
        &self.names[dimension][code].name
    }

    fn days(&self) -> Period {
        self.manifest.days
    }
}

fn fetch(
    store: &MemoryStore,
    plan: &nearcast::model::scan::ReadPlan,
    manifest: &Manifest,
) -> Vec<nearcast::model::table::Table> {
    let specs = plan.specs(manifest).expect("specs");
    let chunks = block_on(store.read_ranges(&specs)).expect("read");
    decode(plan, &chunks).expect("decoded")
}

fn planned(scan: &Scan, data: &Data) -> nearcast::model::scan::ReadPlan {
    match plan(scan, &data.manifest, &data.attached).expect("a plan") {
        Planned::Ready(plan) => plan,
        Planned::NeedsMap => panic!("every map is at hand"),
    }
}

/// Some shapes of data: few and many products, short and long, dense and thin.
fn datasets() -> Vec<Data> {
    [
        lines(11, 4_000, 6, 30, 800),
        lines(12, 900, 3, 600, 420),
        lines(13, 60, 2, 3, 45),
        lines(14, 3_000, 2, 8, 1_200),
    ]
    .map(Data::new)
    .into()
}

/// A period of the data: everything, whole months, days, one day, or partly outside.
fn some_period(chance: &mut Chance, days: Period) -> Period {
    let span = usize::try_from(days.last.0 - days.first.0 + 1).expect("days");
    let mut any = || {
        days.first
            .plus(i32::try_from(chance.below(span)).expect("small"))
    };
    let (a, b) = (any(), any());
    let (first, last) = (a.min(b), a.max(b));
    let month = |d: Day| sales::step_of(d.0, Grain::Month);
    match chance.below(6) {
        0 => days,
        1 | 2 => Period {
            first: month(first),
            last: month(last.plus(40)).plus(-1),
        },
        3 => Period { first, last: first },
        4 => Period {
            first: days.first.plus(-100),
            last,
        },
        _ => Period { first, last },
    }
}

#[test]
fn any_scan_adds_up_to_the_lines_whatever_grain_answers() {
    let mut chance = Chance(99);
    let mut grains_used = BTreeMap::new();
    for data in datasets() {
        let store = memory(&data.objects);
        for _ in 0..120 {
            let measure = MEASURES[chance.below(2)];
            let asked = some_period(&mut chance, data.days());
            let Some(period) = asked.intersect(data.days()) else {
                continue;
            };
            let mut only = Vec::new();
            for dimension in STORED {
                if chance.below(3) == 0 {
                    let count = data.names[dimension].len();
                    let mut codes: Vec<u32> = (0..=chance.below(4))
                        .map(|_| u32::try_from(chance.below(count)).expect("small"))
                        .collect();
                    codes.sort_unstable();
                    codes.dedup();
                    only.push((dimension.to_owned(), codes));
                }
            }
            let passes = |line: &Line| {
                period.contains(Day(line.day))
                    && only.iter().all(|(dimension, codes)| {
                        codes
                            .iter()
                            .any(|&c| data.name(dimension, c as usize) == line.of(dimension))
                    })
            };
            let by = STORED[chance.below(3)];
            let mut scan = Scan {
                measures: vec![measure.into()],
                by: Some(by.into()),
                also: None,
                grain: None,
                period,
                only: only.clone(),
            };
            let made = planned(&scan, &data);
            *grains_used.entry(made.grain.clone()).or_insert(0) += 1;
            let table = fetch(&store, &made, &data.manifest);
            let got =
                aggregate::by_code(&scan, &made, &table, by, data.names[by].len()).expect("sums");
            let got: BTreeMap<String, i64> = (0..got.len())
                .filter_map(|code| Some((data.name(by, code).to_owned(), got.get(code)?[0])))
                .collect();
            assert_eq!(
                got,
                sums(&data.lines, by, measure, passes),
                "{scan:?} from {}",
                made.grain
            );

            for step in Grain::ALL {
                scan.by = None;
                scan.grain = Some(step);
                let made = planned(&scan, &data);
                let table = fetch(&store, &made, &data.manifest);
                let got = aggregate::by_step(&scan, &made, &table, step)
                    .expect("a series")
                    .remove(0);
                *grains_used.entry(made.grain.clone()).or_insert(0) += 1;
                let wanted = series(&data.lines, step, measure, passes);
                assert_eq!(got.start, sales::step_of(period.first.0, step), "{scan:?}");
                assert_eq!(
                    got.day(got.values.len() - 1),
                    sales::step_of(period.last.0, step),
                    "{scan:?}"
                );
                for (i, value) in got.values.iter().enumerate() {
                    let expected = wanted.get(&got.day(i)).copied().unwrap_or(0);
                    assert_eq!(
                        *value,
                        expected,
                        "{} of {scan:?} from {}",
                        got.day(i),
                        made.grain
                    );
                }
                assert_eq!(got.values.iter().sum::<i64>(), wanted.values().sum::<i64>());
            }
        }
    }
    let used: Vec<_> = grains_used.keys().collect();
    assert!(used.len() >= 10, "the questions met only {used:?}");
}

/// The number of an answer in the measure's smallest unit: 12.34 is 1234, and "12.34" too.
fn scaled(value: &Json, measure: &str) -> i64 {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let places = if measure == "revenue" { 2 } else { 0 };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    assert!(
        fraction.len() <= places,
        "{text} has too many places for {measure}"
    );
    format!("{whole}{fraction:0<places$}")
        .parse()
        .expect("a number")
}

#[test]
fn any_ranking_is_what_the_lines_say() {
    let mut chance = Chance(7);
    for data in datasets() {
        let store = memory(&data.objects);
        let config = public("sales");
        for _ in 0..60 {
            let measure = MEASURES[chance.below(2)];
            let by = DIMENSIONS[chance.below(5)];
            let n = 1 + chance.below(40);
            let ascending = chance.below(3) == 0;
            let operation = ["", "dallas", "DALLAS n", "aus", "fort"][chance.below(5)];
            let asked = some_period(&mut chance, data.days());
            let mut filters: Vec<(&str, Vec<String>)> = Vec::new();
            for dimension in DIMENSIONS {
                if chance.below(5) == 0 {
                    let count = data.names[dimension].len();
                    let values = (0..=chance.below(3))
                        .map(|_| data.name(dimension, chance.below(count)).to_owned());
                    filters.push((dimension, values.collect()));
                }
            }
            let mut target = format!(
                "/v/sales/latest/top.json?n={n}&by={by}&measure={measure}&period={}..{}",
                asked.first, asked.last
            );
            let known = data.lines.iter().any(|l| {
                l.operation
                    .to_lowercase()
                    .contains(&operation.to_lowercase())
            });
            if !operation.is_empty() && known {
                target += &format!("&operation={}", operation.replace(' ', "+"));
            }
            if ascending {
                target += "&order=asc";
            }
            for (dimension, values) in &filters {
                for value in values {
                    target += &format!("&filter.{dimension}={}", value.replace(' ', "%20"));
                }
            }
            let passes = |line: &Line| {
                asked.contains(Day(line.day))
                    && (!known
                        || line
                            .operation
                            .to_lowercase()
                            .contains(&operation.to_lowercase()))
                    && filters
                        .iter()
                        .all(|(dimension, values)| values.iter().any(|v| v == line.of(dimension)))
            };
            let mut wanted: Vec<(String, i64)> =
                sums(&data.lines, by, measure, passes).into_iter().collect();
            let total: i64 = wanted.iter().map(|(_, sum)| sum).sum();
            // Equal sums stay in order of name, whichever way the ranking goes.
            wanted.sort_by_key(|(_, sum)| if ascending { *sum } else { -*sum });
            let all = wanted.len();
            wanted.truncate(n);

            let got = answer(&store, &config, &target);
            let rows: Vec<(String, i64)> = got["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| {
                    (
                        row["name"].as_str().expect("a name").to_owned(),
                        scaled(&row["value"], measure),
                    )
                })
                .collect();
            assert_eq!(rows, wanted, "{target}");
            assert_eq!(scaled(&got["total"], measure), total, "{target}");
            let receipt = &got["receipt"];
            assert_eq!(receipt["rows"], rows.len(), "{target}");
            assert_eq!(receipt["rows_total"], all, "{target}");
            assert_eq!(receipt["truncated"], all > rows.len(), "{target}");
            for (i, row) in got["rows"].as_array().expect("rows").iter().enumerate() {
                assert_eq!(row["rank"], i + 1);
            }
            // All rows together are the total: nothing is lost between them.
            if all <= n {
                assert_eq!(rows.iter().map(|(_, v)| v).sum::<i64>(), total, "{target}");
            }
        }
    }
}

#[test]
fn a_forecasts_history_is_what_the_lines_say() {
    let data = Data::new(lines(21, 5_000, 4, 10, 1_000));
    let store = memory(&data.objects);
    let config = public("sales");
    let (first, last) = (data.days().first, data.days().last);
    for step in Grain::ALL {
        for (operation, filter, measure) in [
            ("", "", "units"),
            ("dallas", "", "revenue"),
            ("austin", "chips", "units"),
            ("", "nuts", "revenue"),
        ] {
            let mut target = format!(
                "/v/sales/latest/forecast.json?grain={step}&horizon=1+{step}&measure={measure}"
            );
            if !operation.is_empty() {
                target += &format!("&operation={operation}");
            }
            if !filter.is_empty() {
                target += &format!("&filter.category={filter}");
            }
            let passes = |line: &Line| {
                line.operation.to_lowercase().contains(operation)
                    && (filter.is_empty() || line.category.to_lowercase() == filter)
            };
            let wanted = series(&data.lines, step, measure, passes);
            // Whole steps only: the first and the last one are cut by the data's ends, unless a step is a day.
            let next = |d: Day| {
                let mut day = d.plus(1);
                while sales::step_of(day.0, step) == d {
                    day = day.plus(1);
                }
                day
            };
            let mut expected = Vec::new();
            let mut at = sales::step_of(first.0, step);
            if at < first {
                at = next(at);
            }
            while next(at).plus(-1) <= last {
                expected.push((at.to_string(), wanted.get(&at).copied().unwrap_or(0)));
                at = next(at);
            }
            let leading = expected.iter().take_while(|(_, v)| *v == 0).count();
            expected.drain(..leading);
            if expected.len() < 2 {
                continue;
            }
            let got = answer(&store, &config, &target);
            let history: Vec<(String, i64)> = got["history"]
                .as_array()
                .expect("a history")
                .iter()
                .map(|point| {
                    (
                        point["date"].as_str().expect("a date").to_owned(),
                        scaled(&point["value"], measure),
                    )
                })
                .collect();
            assert_eq!(history, expected, "{target}");
            assert_eq!(
                got["forecast"][0]["date"],
                at.to_string(),
                "{target}: the forecast goes on where the history ends"
            );
        }
    }
}

fn shuffled(mut lines: Vec<Line>, seed: u64) -> Vec<Line> {
    let mut chance = Chance(seed);
    for i in (1..lines.len()).rev() {
        lines.swap(i, chance.below(i + 1));
    }
    lines
}

fn some_lines() -> impl Strategy<Value = Vec<Line>> {
    (
        any::<u64>(),
        2..120_usize,
        2..6_usize,
        2..30_usize,
        2..400_i32,
    )
        .prop_map(|(seed, count, operations, products, days)| {
            lines(seed, count, operations, products, days)
        })
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_order_of_the_lines_changes_nothing(lines in some_lines(), seed in any::<u64>()) {
        let objects = dataset(&lines);
        let mixed = dataset(&shuffled(lines, seed));
        prop_assert_eq!(objects, mixed);
    }

    #[test]
    fn splitting_a_line_in_two_changes_no_answer(lines in some_lines(), seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let split: Vec<Line> = lines
            .iter()
            .flat_map(|line| {
                let units = i64::try_from(chance.below(50)).expect("small");
                let cents = i64::try_from(chance.below(5_000)).expect("small");
                let first = Line { units, cents, ..line.clone() };
                let second = Line { units: line.units - units, cents: line.cents - cents, ..line.clone() };
                [second, first]
            })
            .collect();
        let (whole, halves) = (memory(&dataset(&lines)), memory(&dataset(&split)));
        let config = public("sales");
        for by in DIMENSIONS {
            for measure in MEASURES {
                let target = format!("/v/sales/latest/top.json?by={by}&measure={measure}&n=1000");
                let (a, b) = (answer(&whole, &config, &target), answer(&halves, &config, &target));
                prop_assert_eq!(&a["rows"], &b["rows"], "{}", target);
                prop_assert_eq!(&a["total"], &b["total"], "{}", target);
            }
        }
    }

    #[test]
    fn parts_add_up_to_the_whole(lines in some_lines()) {
        let store = memory(&dataset(&lines));
        let config = public("sales");
        for measure in MEASURES {
            let all: i64 = lines.iter().map(|l| l.value(measure)).sum();
            for by in DIMENSIONS {
                let got = answer(&store, &config, &format!("/v/sales/latest/top.json?by={by}&measure={measure}&n=1000"));
                let rows = got["rows"].as_array().expect("rows");
                let sum: i64 = rows.iter().map(|row| scaled(&row["value"], measure)).sum();
                prop_assert_eq!((sum, scaled(&got["total"], measure)), (all, all), "{} by {}", measure, by);
                // Each part asked for by its own name is what it is in the ranking.
                for row in rows.iter().take(2) {
                    let name = row["name"].as_str().expect("a name").replace(' ', "%20");
                    let part = answer(&store, &config, &format!("/v/sales/latest/top.json?by=channel&measure={measure}&filter.{by}={name}"));
                    prop_assert_eq!(&part["total"], &row["value"], "{} of {}", name, by);
                }
            }
        }
    }
}
