//! Any question, written as a link and read again, is the same question.

use nearcast::limits;
use nearcast::model::calendar::{Day, Grain, Period};
use nearcast::model::link::{canonical, parse};
use nearcast::model::names::fold;
use nearcast::model::planned::{Plan, Planned};
use nearcast::model::query::{
    AccuracyQuery, AnomaliesQuery, AnomalyKind, Baseline, Class, CompareQuery, DescribeQuery,
    ExplainQuery, Filters, ForecastQuery, Horizon, ModelChoice, Order, Profile, Query,
    ScenarioQuery, SegmentsQuery, Since, Target, TargetQuery, TopQuery, TrendQuery,
};
use nearcast::model::when::{Align, When};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use std::collections::BTreeMap;

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

fn text() -> impl Strategy<Value = String> {
    "[ -~äéßİŁ&=+%#?/\u{4e2d}]{1,40}".prop_filter("has a letter", |t| !t.trim().is_empty())
}

fn day() -> impl Strategy<Value = Day> {
    (-20_000..60_000_i32).prop_map(Day)
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (day(), 0..5_000_i32).prop_map(|(first, days)| Period {
            first,
            last: first.plus(days)
        }),
        (1950..2100_i32).prop_map(|y| Period::parse(&y.to_string()).expect("a year")),
        (1950..2100_i32, 1..5_u32)
            .prop_map(|(y, q)| Period::parse(&format!("{y}-Q{q}")).expect("a quarter")),
        (1950..2100_i32, 1..13_u32)
            .prop_map(|(y, m)| Period::parse(&format!("{y}-{m:02}")).expect("a month")),
    ]
}

fn filters() -> impl Strategy<Value = Filters> {
    (
        option::of(text()),
        btree_map(text(), vec(text(), 1..5), 0..4),
        option::of(period()),
    )
        .prop_map(|(operation, exact, period)| Filters {
            operation,
            exact,
            period: period.map(When::from),
        })
}

fn grain() -> impl Strategy<Value = Grain> {
    (0..Grain::ALL.len()).prop_map(|i| Grain::ALL[i])
}

fn horizon() -> impl Strategy<Value = Horizon> {
    prop_oneof![
        (
            1..=u32::try_from(limits::FORECAST_STEPS_MAX).expect("small"),
            grain()
        )
            .prop_map(|(n, g)| Horizon::Steps(n, g)),
        Just(Horizon::NextQuarter),
        day().prop_map(Horizon::Until),
    ]
}

fn planned() -> impl Strategy<Value = Vec<Planned>> {
    let plan = prop_oneof![
        (-1_000_000_000_000..1_000_000_000_000_i64).prop_map(Plan::Value),
        (-100_000_000..=100_000_000_i64).prop_map(Plan::Change),
    ];
    let one = ("[a-z_]{1,12}", day(), 0..400, plan).prop_map(|(name, first, days, plan)| Planned {
        name,
        period: Period {
            first,
            last: first.plus(days),
        },
        plan,
    });
    proptest::collection::vec(one, 0..4)
        .prop_filter_map("one value a day", |all| Planned::check_all(all).ok())
}

fn levels() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::btree_set(50..=99_u8, 1..=limits::LEVELS_MAX)
        .prop_map(|set| set.into_iter().collect())
}

fn query() -> impl Strategy<Value = Query> {
    let top = (
        1..=limits::ROWS_MAX,
        any::<bool>(),
        option::of(text()),
        text(),
        (option::of(text()), option::of(baseline()), any::<u32>()),
        filters(),
    )
        .prop_map(|(n, up, measure, by, (per, against, offset), filters)| {
            let order = if up { Order::Asc } else { Order::Desc };
            Query::Top(TopQuery {
                n,
                order,
                measure,
                by,
                per,
                against,
                offset,
                filters,
            })
        });
    let forecast = (
        option::of(text()),
        grain(),
        horizon(),
        levels(),
        any::<bool>(),
        option::of(day()),
        (0..ModelChoice::ALL.len(), option::of(text()), planned()),
        filters(),
    )
        .prop_map(
            |(
                measure,
                grain,
                horizon,
                levels,
                include_history,
                start_date,
                (model, by, planned),
                filters,
            )| {
                let model = ModelChoice::ALL[model];
                Query::Forecast(ForecastQuery {
                    measure,
                    grain,
                    horizon,
                    levels,
                    include_history,
                    start_date,
                    model,
                    by,
                    planned,
                    filters,
                })
            },
        );
    let describe = (
        option::of(text()),
        option::of(text()),
        1..=limits::ROWS_MAX,
        any::<u32>(),
        prop_oneof![
            Just(Since::Previous),
            "[0-9a-f]{16}".prop_map(|id| Since::parse(&id).expect("an id")),
        ],
    )
        .prop_map(|(dimension, contains, limit, offset, since)| {
            Query::Describe(DescribeQuery {
                // Values are searched for in a dimension only.
                contains: contains.filter(|_| dimension.is_some()),
                since: dimension.is_none().then_some(since),
                dimension,
                limit,
                offset,
            })
        });
    let accuracy = (
        option::of(text()),
        grain(),
        horizon(),
        levels(),
        0..ModelChoice::ALL.len(),
        filters(),
    )
        .prop_map(|(measure, grain, horizon, levels, model, filters)| {
            let model = ModelChoice::ALL[model];
            Query::Accuracy(AccuracyQuery {
                measure,
                grain,
                horizon,
                levels,
                model,
                filters,
            })
        });
    let kinds = proptest::collection::btree_set(0..AnomalyKind::ALL.len(), 0..5);
    let anomalies = (
        option::of(text()),
        option::of(grain()),
        kinds,
        option::of(text()),
        1..=limits::ANOMALY_ROWS_MAX,
        filters(),
    )
        .prop_map(|(measure, grain, kinds, by, limit, filters)| {
            Query::Anomalies(AnomaliesQuery {
                measure,
                grain,
                kinds: kinds.into_iter().map(|at| AnomalyKind::ALL[at]).collect(),
                by,
                limit,
                offset: limit % 7,
                filters,
            })
        });
    let segments = (
        text(),
        option::of(text()),
        option::of(0..Class::ALL.len()),
        1..=limits::SEGMENT_ROWS_MAX,
        filters(),
    )
        .prop_map(|(by, measure, class, limit, filters)| {
            Query::Segments(SegmentsQuery {
                by,
                measure,
                segment: class.map(|at| Class::ALL[at]),
                limit,
                offset: limit % 7,
                filters,
            })
        });
    prop_oneof![
        top,
        forecast,
        describe,
        accuracy,
        anomalies,
        segments,
        compared(),
        trend(),
        planned_ahead()
    ]
}

fn when() -> impl Strategy<Value = When> {
    let words = [
        "yesterday",
        "last month",
        "last 8 weeks",
        "MTD",
        "Q3 2026",
        "2026 H1",
        "black friday week",
        "since 2025-03-01",
        "september",
    ];
    prop_oneof![
        period().prop_map(When::from),
        (0..words.len()).prop_map(move |at| When::parse(words[at]).expect("a period")),
    ]
}

fn baseline() -> impl Strategy<Value = Baseline> {
    prop_oneof![
        Just(Baseline::Previous),
        Just(Baseline::YearBefore),
        when().prop_map(Baseline::Period),
    ]
}

fn compared() -> impl Strategy<Value = Query> {
    let align = prop_oneof![
        Just(Align::Date),
        Just(Align::Weekday),
        Just(Align::Holiday)
    ];
    let asked = (
        option::of(when()),
        vec(baseline(), 0..limits::BASELINES_MAX),
        align,
        any::<bool>(),
        (option::of(text()), vec("[a-z]{1,8}", 0..4)),
        1..=limits::EXPLAIN_ROWS_MAX,
        filters(),
        any::<bool>(),
    );
    asked.prop_map(
        |(a, mut b, align, incomplete, (measure, mut by), limit, filters, explain)| {
            let filters = Filters {
                period: None,
                ..filters
            };
            by.sort();
            by.dedup();
            if explain {
                return Query::Explain(ExplainQuery {
                    a,
                    b: b.pop(),
                    align,
                    incomplete,
                    measure,
                    by,
                    limit,
                    offset: limit % 7,
                    filters,
                });
            }
            let mut once: Vec<Baseline> = Vec::new();
            for baseline in b {
                if !once.contains(&baseline) {
                    once.push(baseline);
                }
            }
            Query::Compare(CompareQuery {
                a,
                b: once,
                align,
                incomplete,
                measure,
                by: by.pop(),
                limit,
                offset: limit % 7,
                filters,
            })
        },
    )
}

fn trend() -> impl Strategy<Value = Query> {
    let profile = prop_oneof![Just(Profile::Weekday), Just(Profile::Month)];
    let asked = (
        option::of(text()),
        grain(),
        0..=limits::ROLLING_STEPS_MAX,
        option::of(profile),
        any::<bool>(),
        option::of(text()),
        1..=limits::TREND_SERIES_MAX,
        filters(),
    );
    asked.prop_map(
        |(measure, grain, rolling, profile, decompose, by, limit, filters)| {
            Query::Trend(TrendQuery {
                measure,
                grain,
                rolling,
                profile,
                decompose,
                by,
                limit,
                offset: limit % 7,
                filters,
            })
        },
    )
}

fn planned_ahead() -> impl Strategy<Value = Query> {
    let target = prop_oneof![
        (0..1_000_000_000_000_i64).prop_map(Target::Amount),
        (-100_000_000..=100_000_000_i64).prop_map(Target::Growth),
    ];
    let asked = (
        target,
        option::of(when()),
        option::of(text()),
        filters(),
        planned(),
        grain(),
        horizon(),
    );
    asked.prop_map(
        |(target, period, measure, filters, planned, grain, horizon)| {
            if planned.is_empty() {
                let filters = Filters {
                    period: None,
                    ..filters
                };
                return Query::Target(TargetQuery {
                    target: Some(target),
                    name: None,
                    period,
                    measure,
                    by: None,
                    filters,
                });
            }
            let forecast = ForecastQuery {
                measure,
                grain,
                horizon,
                levels: vec![80, 95],
                include_history: false,
                start_date: None,
                model: ModelChoice::Auto,
                by: None,
                planned,
                filters,
            };
            Query::Scenario(ScenarioQuery { forecast })
        },
    )
}

/// The same question with its names folded, values sorted and repeats dropped: what a link keeps of it.
fn settled(mut query: Query) -> Query {
    let folded = |name: &mut String| *name = fold(name);
    let filters = match &mut query {
        Query::Top(q) => {
            folded(&mut q.by);
            q.measure.iter_mut().chain(&mut q.per).for_each(folded);
            &mut q.filters
        }
        Query::Forecast(q) => {
            q.measure.iter_mut().chain(&mut q.by).for_each(folded);
            &mut q.filters
        }
        Query::Accuracy(q) => {
            q.measure.iter_mut().for_each(folded);
            &mut q.filters
        }
        Query::Search(q) => {
            folded(&mut q.query);
            return query;
        }
        Query::Fetch(_) => return query,
        Query::Anomalies(q) => {
            q.measure.iter_mut().chain(&mut q.by).for_each(folded);
            &mut q.filters
        }
        Query::Segments(q) => {
            folded(&mut q.by);
            q.measure.iter_mut().for_each(folded);
            &mut q.filters
        }
        Query::Describe(q) => {
            q.dimension.iter_mut().for_each(folded);
            q.contains.iter_mut().for_each(folded);
            return query;
        }
        Query::Compare(q) => {
            q.measure.iter_mut().chain(&mut q.by).for_each(folded);
            &mut q.filters
        }
        Query::Explain(q) => {
            q.measure.iter_mut().chain(&mut q.by).for_each(folded);
            &mut q.filters
        }
        Query::Trend(q) => {
            q.measure.iter_mut().chain(&mut q.by).for_each(folded);
            &mut q.filters
        }
        Query::Target(q) => {
            q.measure.iter_mut().chain(&mut q.by).for_each(folded);
            &mut q.filters
        }
        Query::Scenario(q) => {
            q.forecast.measure.iter_mut().for_each(folded);
            &mut q.forecast.filters
        }
    };
    filters.operation.iter_mut().for_each(folded);
    let mut exact: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (dimension, values) in &filters.exact {
        exact
            .entry(fold(dimension))
            .or_default()
            .extend(values.iter().map(|v| fold(v)));
    }
    for values in exact.values_mut() {
        values.sort();
        values.dedup();
    }
    filters.exact = exact;
    query
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn links_round_trip(query in query()) {
        let link = canonical(&query);
        let parsed = parse(query.name(), &link);
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return Err(TestCaseError::fail(format!("{link} is refused: {error}"))),
        };
        prop_assert_eq!(parsed.epoch, Some(limits::ANSWER_EPOCH));
        prop_assert_eq!(&canonical(&parsed.query), &link, "the canonical link is its own canonical link");
        prop_assert_eq!(parsed.query, settled(query));
        prop_assert!(link.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b)), "{}", link);
    }

    #[test]
    fn any_query_string_parses_or_is_refused(answer in "top|forecast|describe", text in "([a-z.]{1,12}(=[ -~é%+&]{0,12})?&?){0,5}") {
        match parse(&answer, &text) {
            Ok(parsed) => {
                let link = canonical(&parsed.query);
                let again = parse(&answer, &link).map(|p| canonical(&p.query));
                prop_assert_eq!(again.ok(), Some(link));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
