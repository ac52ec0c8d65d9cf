//! Windows made of months and days on real data: what was returned nets to zero, and what is taken away may be all that
//! there was. Rows are there where lines are, whatever their sums.

use super::*;
use nearcast::compute::aggregate;
use nearcast::model::calendar::Day;
use nearcast::read::parquet::decode;
use nearcast::shell::RangeRead;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::block_on;
use nearcast_tests::sales::{Chance, Line, dataset, lines, pointer, series, step_of, sums};
use nearcast_tests::stores::memory;

const STORED: [&str; 3] = ["operation", "product", "channel"];

/// Lines of half a year: some are returned in full on the same day or later, and some products are sold for a few days only.
fn with_returns(seed: u64) -> Vec<Line> {
    let mut chance = Chance(seed);
    let all = lines(seed, 500, 4, 14, 190);
    let mut out = Vec::new();
    for mut line in all {
        let product: i32 = line.product_id[1..].parse().expect("a number");
        // Products from the eighth on are sold within three days that are their own.
        if product >= 8 && out.len() > 2 {
            line.day = line.day - line.day.rem_euclid(200) + (product - 8) * 31 + line.day % 3;
        }
        let (units, cents) = (-line.units, -line.cents);
        let later = match chance.below(4) {
            0 => Some(0),
            1 => Some(i32::try_from(chance.below(12)).expect("small")),
            _ => None,
        };
        let back = later.map(|days| Line {
            day: line.day + days,
            units,
            cents,
            ..line.clone()
        });
        out.push(line);
        out.extend(back);
    }
    out
}

/// The manifest with what would make days dear: a row group in the fine map that is not there. A plan avoids its day, or it
/// would read ten megabytes for it.
fn dear_on(manifest: &Manifest, days: &[Day]) -> Manifest {
    let mut manifest = manifest.clone();
    // Only months and the finest cells are left to choose from.
    manifest.files[0]
        .grains
        .retain(|g| g.time == TimeGrain::Month);
    let file = &mut manifest.files[1];
    let Groups::Here(map) = &file.grains[0].groups else {
        panic!("a small map")
    };
    let columns = file.columns.len();
    let mut groups = map
        .unpack(columns, file.size_bytes, |_, _| true)
        .expect("a map");
    for day in days {
        groups.push(RowGroup {
            rows: 1,
            offset: file.size_bytes,
            crc32: 0,
            chunk_bytes: vec![10 << 20; columns],
            keys: (0, 1_000),
            days: (day.0, day.0),
        });
        file.size_bytes += (10 << 20) * columns as u64 + 4 * columns as u64;
    }
    file.grains[0].groups = Groups::Here(GroupMap::pack(&groups));
    manifest
}

/// A period, and the days to make dear so that its first and last month are cut as it is wished.
fn forced(period: Period, data: Period, take: [bool; 2]) -> Option<(Vec<Day>, usize, usize)> {
    let month = |d: Day| step_of(d.0, Grain::Month);
    let next = |d: Day| month(Day(month(d).0 + 40));
    let (first, last) = (month(period.first), month(period.last));
    let before = period.first > first && period.first > data.first;
    let after = period.last.plus(1) < next(period.last) && period.last < data.last;
    if first == last {
        // Within one month the rest is taken away, on one side or on both.
        let taken = usize::from(before) + usize::from(after);
        return Some((vec![period.first], 0, taken));
    }
    let (mut added, mut taken) = (0, 0);
    let mut dear = Vec::new();
    for (is_cut, take, inside, outside) in [
        (before, take[0], period.first, period.first.plus(-1)),
        (after, take[1], period.last, period.last.plus(1)),
    ] {
        if is_cut {
            dear.push(if take { inside } else { outside });
            if take { taken += 1 } else { added += 1 }
        }
    }
    // Days in between, so that the whole is not made of days.
    let between = next(period.first);
    if between >= last && added > 0 {
        return None;
    }
    dear.push(if between < last {
        between
    } else {
        period.first
    });
    Some((dear, added, taken))
}

struct Data {
    lines: Vec<Line>,
    manifest: Manifest,
    store: MemoryStore,
}

impl Data {
    fn new(seed: u64) -> Self {
        let lines = with_returns(seed);
        let objects = dataset(&lines);
        Self {
            lines,
            manifest: pointer(&objects, "sales").manifest,
            store: memory(&objects),
        }
    }

    fn name(&self, dimension: &str, code: usize) -> &str {
        let dimension = self.manifest.dimension(dimension).expect("there");
        &dimension.values[code].name
    }

    fn count(&self, dimension: &str) -> usize {
        self.manifest.dimension(dimension).expect("there").count as usize
    }

    /// Some codes of each of these dimensions.
    fn codes(&self, dimensions: &[&str], chance: &mut Chance) -> Vec<(String, Vec<u32>)> {
        let some = |dimension: &&str| {
            let count = self.count(dimension);
            let mut codes: Vec<u32> = (0..2 + chance.below(count))
                .map(|_| u32::try_from(chance.below(count)).expect("small"))
                .collect();
            codes.sort_unstable();
            codes.dedup();
            ((*dimension).to_owned(), codes)
        };
        dimensions.iter().map(some).collect()
    }

    /// Checks a scan by a plan of it against the lines.
    fn check(&self, scan: &Scan, made: &ReadPlan) {
        let specs = made.specs(&self.manifest).expect("specs");
        let chunks = block_on(self.store.read_ranges(&specs)).expect("read");
        let tables = decode(made, &chunks).expect("decoded");
        let passes = |line: &Line| {
            scan.period.contains(Day(line.day))
                && scan.only.iter().all(|(dimension, codes)| {
                    let is = |c: &u32| self.name(dimension, *c as usize) == line.of(dimension);
                    codes.iter().any(is)
                })
        };
        let measure = scan.measures[0].as_str();
        let Some(by) = &scan.by else {
            let step = scan.grain.expect("a step");
            let got = aggregate::by_step(scan, made, &tables, step).expect("a series");
            let wanted = series(&self.lines, step, measure, passes);
            for (i, value) in got[0].values.iter().enumerate() {
                let wanted = wanted.get(&got[0].day(i)).copied().unwrap_or(0);
                assert_eq!(*value, wanted, "{} of {scan:?} by {made:?}", got[0].day(i));
            }
            return;
        };
        let got = aggregate::by_code(scan, made, &tables, by, self.count(by)).expect("sums");
        let got: BTreeMap<String, i64> = (0..got.len())
            .filter_map(|code| Some((self.name(by, code).to_owned(), got.get(code)?[0])))
            .collect();
        assert_eq!(
            got,
            sums(&self.lines, by, measure, passes),
            "{scan:?} by {made:?}"
        );
    }
}

#[test]
fn rows_are_there_where_lines_are_however_the_window_is_made() {
    let mut chance = Chance(2_611);
    // How often so many parts were added and taken away, and how often a row of zero or no row was the answer.
    let mut kinds: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for seed in [51, 52, 53] {
        let data = Data::new(seed);
        let days = data.manifest.days;
        let span = usize::try_from(days.last.0 - days.first.0 + 1).expect("days");
        for i in 0..240 {
            let any = |chance: &mut Chance| {
                days.first
                    .plus(i32::try_from(chance.below(span)).expect("small"))
            };
            let (a, b) = (any(&mut chance), any(&mut chance));
            let period = match i % 6 {
                // Up to the data's ends, where the months are cut by the data.
                0 => (days.first, a),
                1 => (a, days.last),
                2 => (a, days.last.min(a.plus(9))),
                _ => (a.min(b), a.max(b)),
            };
            let period = Period::new(period.0, period.1).expect("in order");
            let take = [chance.below(2) == 0, chance.below(2) == 0];
            let Some((dear, added, taken)) = forced(period, days, take) else {
                continue;
            };
            let by = STORED[chance.below(3)];
            let other = [STORED[chance.below(3)]];
            let others = if other == [by] { &[][..] } else { &other };
            let mut asked = Scan {
                measures: vec![["units", "revenue"][chance.below(2)].into()],
                by: Some(by.into()),
                also: None,
                grain: None,
                period,
                only: data.codes(others, &mut chance),
            };
            if chance.below(2) == 0 {
                asked.only.extend(data.codes(&[by], &mut chance));
            }
            let manifest = dear_on(&data.manifest, &dear);
            let steps = [Grain::Month, Grain::Quarter, Grain::Year];
            for step in [None, Some(steps[chance.below(3)])] {
                if step.is_some() {
                    (asked.by, asked.grain) = (None, step);
                }
                let made = planned_on(&asked, &manifest);
                let negative = made.parts.iter().filter(|p| p.negative).count();
                assert_eq!(
                    (made.parts.len() - negative, negative),
                    (1 + added, taken),
                    "{period} in {days}, {dear:?}: {made:?}"
                );
                *kinds.entry((added, taken)).or_insert(0) += 1;
                data.check(&asked, &made);
            }
        }
        // Three filters of several values each: only the finest cells keep all of them apart.
        for _ in 0..80 {
            let (a, b) = (days.first.plus(3), days.last.plus(-3));
            let first = a.plus(i32::try_from(chance.below(90)).expect("small"));
            let last = b.plus(-i32::try_from(chance.below(60)).expect("small"));
            let period = Period::new(first.min(last), first.max(last)).expect("in order");
            let only = data.codes(&STORED, &mut chance);
            for by in STORED {
                let asked = Scan {
                    only: only.clone(),
                    ..scan(Some(by), None, period)
                };
                data.check(&asked, &planned_on(&asked, &data.manifest));
            }
        }
    }
    for kind in [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (1, 1)] {
        assert!(
            kinds.get(&kind).is_some_and(|n| *n >= 10),
            "{kind:?} of {kinds:?}"
        );
    }
}

#[test]
fn what_is_all_taken_away_is_no_row_and_what_nets_to_zero_is_one() {
    let line = |day: &str, product: &str, units: i64| Line {
        day: Day::parse(day).expect("a day").0,
        operation: "Dallas".into(),
        region: "Texas".into(),
        product_id: product.to_uppercase(),
        product: product.into(),
        category: "Chips".into(),
        channel: if units < 0 { "Office" } else { "Retail" }.into(),
        units,
        cents: 100 * units,
    };
    let mut lines = vec![
        // Sold at the month's end only; returned in full within the window; sold and returned on either side of its end.
        line("2024-03-30", "late", 5),
        line("2024-03-04", "returned", 7),
        line("2024-03-11", "returned", -7),
        line("2024-03-20", "torn", 9),
        line("2024-03-31", "torn", -9),
        line("2024-03-10", "plain", 3),
        line("2024-03-31", "plain", 4),
    ];
    lines.push(Line {
        operation: "Austin".into(),
        ..line("2024-05-05", "late", 1)
    });
    let objects = dataset(&lines);
    let manifest = pointer(&objects, "sales").manifest;
    let data = Data {
        store: memory(&objects),
        manifest,
        lines,
    };
    let asked = scan(Some("product"), None, period("2024-03-04..2024-03-29"));
    let manifest = dear_on(&data.manifest, &[asked.period.first]);
    let made = planned_on(&asked, &manifest);
    assert_eq!(
        made.parts.iter().map(|p| p.negative).collect::<Vec<_>>(),
        [false, true]
    );
    data.check(&asked, &made);
    let wanted = sums(&data.lines, "product", "units", |l| {
        asked.period.contains(Day(l.day))
    });
    let wanted: Vec<(&str, i64)> = wanted.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    assert_eq!(wanted, [("plain", 3), ("returned", 0), ("torn", 9)]);
}
