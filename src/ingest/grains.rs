//! Which rollups a version holds, and where their row groups are cut.

use std::collections::BTreeMap;

use super::layout::{DAY, Layout, Parts};
use super::shape::{Frame, Shaped};
use super::sorted::{Room, Sorted, Sorter};
use crate::error::Result;
use crate::limits;
use crate::model::manifest::TimeGrain;
use crate::model::months::MonthSums;
use crate::model::{Day, Grain};

/// A rollup: which dimensions and how much of time its cells keep apart.
#[derive(Debug)]
pub(super) struct Rollup {
    /// Positions among the stored dimensions, ascending.
    pub(super) dimensions: Vec<usize>,
    pub(super) time: TimeGrain,
    pub(super) cells: Sorted,
    /// Where its row groups are cut.
    pub(super) cuts: Cuts,
}

/// Cuts sorted cells into row groups: one for each code of the key dimension, neighbours together where there are very
/// many codes, and none larger than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cuts {
    /// Whether a change of the first dimension cuts.
    pub(super) keyed: bool,
    /// Whether neighbours share a row group.
    pub(super) shared: bool,
}

impl Cuts {
    fn of(cells: &Sorted, keyed: bool) -> Self {
        Self {
            keyed,
            shared: cells.lead_changes >= limits::KEYED_GROUPS_MAX as u64,
        }
    }

    /// Whether a row group of so many rows ends before a cell.
    pub(super) fn before(self, rows: usize, new_key: bool) -> bool {
        let at_key = self.keyed && new_key && (!self.shared || rows >= limits::PAGE_ROWS_MAX);
        at_key || rows >= limits::ROW_GROUP_ROWS_MAX
    }
}

/// The finest cells as a rollup.
pub(super) fn fine(shaped: Shaped) -> Rollup {
    Rollup {
        dimensions: (0..shaped.frame.stored.len()).collect(),
        time: TimeGrain::Day,
        cuts: Cuts::of(&shaped.fine, shaped.frame.by_operation()),
        cells: shaped.fine,
    }
}

/// The rollups worth keeping, the largest first: the small ones, which most questions need, lie together at the end.
///
/// One that has more than half as many cells as the fine ones saves nothing and is left out, unless it is small or sorted
/// otherwise (product by day serves a product's series, which is scattered in the fine cells).
pub(super) fn rollups(shaped: &mut Shaped, grain: Grain, room: &mut Room) -> Result<Vec<Rollup>> {
    let frame = shaped.frame.clone();
    let names: Vec<&str> = frame.stored.iter().map(|s| s.0.as_str()).collect();
    let product = names.iter().position(|n| *n == "product");
    let fine_cells = shaped.fine.cells;
    let mut made: Vec<Rollup> = Vec::new();
    for (dimensions, time) in wanted(&names, grain) {
        // Sums of sums are the same: the smallest rollup that holds this one serves as well as the fine cells.
        let holds = |r: &&mut Rollup| {
            dimensions.iter().all(|d| r.dimensions.contains(d)) && finer(r.time, time)
        };
        let smallest = made.iter_mut().filter(holds).min_by_key(|r| r.cells.cells);
        let from = match smallest {
            Some(rollup) => &mut rollup.cells,
            None => &mut shaped.fine,
        };
        let keyed = frame.by_operation() && dimensions.first() == Some(&0);
        let day_at = match time {
            TimeGrain::Day => Some(dimensions.len()),
            // A window of months is a run of rows.
            TimeGrain::Month => Some(usize::from(keyed)),
            TimeGrain::None => None,
        };
        let target = frame.layout(&dimensions, day_at)?;
        let cells = roll_up(from, &target, time, &frame, room)?;
        made.push(Rollup {
            cuts: Cuts::of(&cells, keyed),
            dimensions,
            time,
            cells,
        });
    }
    made.retain(|r| {
        let count = r.cells.cells;
        let is_product_series =
            r.dimensions.as_slice() == product.as_slice() && r.time == TimeGrain::Day;
        // Of many cells, months serve the operations with most rows, where they save far more than on the whole.
        let most = if r.time == TimeGrain::Month && fine_cells >= limits::MONTHS_PAY_CELLS_MIN {
            fine_cells / 5 * 4
        } else {
            fine_cells / 2
        };
        count <= limits::GRAIN_CELLS_KEPT as u64 || count <= most || is_product_series
    });
    made.sort_by_key(|r| std::cmp::Reverse(r.cells.cells));
    Ok(made)
}

/// The sums of each month, from the smallest rollup that keeps months apart; none where there are too many.
pub(super) fn months(rollups: &mut [Rollup], frame: &Frame) -> Result<Vec<MonthSums>> {
    let smallest = rollups.iter_mut().filter(|r| r.time != TimeGrain::None);
    let Some(rollup) = smallest.min_by_key(|r| r.cells.cells) else {
        return Ok(Vec::new());
    };
    let layout = rollup.cells.layout.clone();
    let of = rollup.cells.of.clone();
    let mut months: BTreeMap<Day, Vec<i64>> = BTreeMap::new();
    rollup.cells.visit(|key, sums| {
        let day = Day(frame.day(layout.unpack(key)[DAY]));
        let month = months.entry(Grain::Month.floor(day));
        of.add(month.or_insert_with(|| vec![0; sums.len()]), sums)
    })?;
    let values: usize = months.values().map(Vec::len).sum();
    if values > limits::MONTH_SUMS_MAX {
        return Ok(Vec::new());
    }
    let months = months.into_iter().map(|(month, mut sums)| MonthSums {
        lines: sums.pop().unwrap_or(0),
        month,
        sums,
    });
    Ok(months.collect())
}

/// Whether cells by the one hold those by the other.
const fn finer(from: TimeGrain, to: TimeGrain) -> bool {
    matches!(
        (from, to),
        (TimeGrain::Day, _)
            | (TimeGrain::Month, TimeGrain::Month | TimeGrain::None)
            | (TimeGrain::None, TimeGrain::None)
    )
}

/// Every rollup that may be worth keeping, the likely large ones first.
fn wanted(names: &[&str], grain: Grain) -> Vec<(Vec<usize>, TimeGrain)> {
    use TimeGrain::{Day, Month, None};
    let at = |name: &str| names.iter().position(|n| *n == name);
    let (operation, product) = (at("operation"), at("product"));
    let others = (0..names.len()).filter(|d| Some(*d) != operation && Some(*d) != product);
    let set = |dimensions: &[Option<usize>]| {
        let mut set: Vec<usize> = dimensions.iter().copied().flatten().collect();
        set.sort_unstable();
        set
    };
    let mut list = vec![
        (set(&[operation, product]), Month),
        (set(&[product]), Day),
        (set(&[operation, product]), None),
        (set(&[operation]), Day),
        (set(&[operation]), Month),
    ];
    for other in others {
        list.push((set(&[operation, Some(other)]), Month));
        list.push((set(&[product, Some(other)]), Month));
        list.push((vec![other], Day));
        list.push((vec![other], None));
    }
    list.extend([
        (set(&[product]), Month),
        (set(&[product]), None),
        (Vec::new(), Day),
    ]);
    let mut seen: Vec<(Vec<usize>, TimeGrain)> = Vec::new();
    for (dimensions, mut time) in list {
        // In monthly data a month is a single day, so that one serves for both.
        if grain == Grain::Month && time == Month {
            time = Day;
        }
        let entry = (dimensions, time);
        if !seen.contains(&entry) && (!entry.0.is_empty() || time == Day) {
            seen.push(entry);
        }
    }
    seen
}

fn roll_up(
    from: &mut Sorted,
    target: &Layout,
    time: TimeGrain,
    frame: &Frame,
    room: &mut Room,
) -> Result<Sorted> {
    let source = from.layout.clone();
    let mut sorter = Sorter::new(target.clone(), &from.of, room);
    let mut month = (u32::MAX, 0);
    from.visit(|key, sums| {
        let mut parts: Parts = source.unpack(key);
        if time == TimeGrain::Month {
            if month.0 != parts[DAY] {
                let first = Grain::Month.floor(Day(frame.day(parts[DAY])));
                month = (parts[DAY], frame.part(first.0));
            }
            parts[DAY] = month.1;
        }
        sorter.push(target.pack(&parts), sums, room)
    })?;
    sorter.finish(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the row groups of keys that come so many times each.
    fn groups(counts: &[usize], keyed: bool) -> Vec<usize> {
        let cuts = Cuts {
            keyed,
            shared: counts.len() > limits::KEYED_GROUPS_MAX,
        };
        let mut groups = Vec::new();
        let mut rows = 0;
        for (code, count) in counts.iter().enumerate() {
            for i in 0..*count {
                if rows > 0 && cuts.before(rows, i == 0 && code > 0) {
                    groups.push(rows);
                    rows = 0;
                }
                rows += 1;
            }
        }
        groups.extend((rows > 0).then_some(rows));
        groups
    }

    #[test]
    fn row_groups_follow_the_key() {
        assert_eq!(groups(&[2, 3, 1], true), [2, 3, 1]);
        assert_eq!(groups(&[2, 3, 1], false), [6]);
        let large = limits::ROW_GROUP_ROWS_MAX + 1;
        assert_eq!(groups(&[large, 1], true), [large - 1, 1, 1]);
        let many = groups(&vec![10; limits::KEYED_GROUPS_MAX + 200], true);
        assert!(
            many.len() < 3 && many.iter().all(|g| g % 10 == 0),
            "{many:?}"
        );
    }

    #[test]
    fn no_rollup_is_wanted_twice() {
        for names in [
            &["operation", "product", "channel"][..],
            &["product"],
            &["channel"],
            &[],
        ] {
            for grain in [Grain::Day, Grain::Month] {
                let list = wanted(names, grain);
                for (i, entry) in list.iter().enumerate() {
                    assert!(!list[i + 1..].contains(entry), "{names:?} {entry:?}");
                }
                assert!(list.contains(&(vec![], TimeGrain::Day)));
            }
        }
        assert!(
            wanted(&["operation", "product"], Grain::Month)
                .iter()
                .all(|w| w.1 != TimeGrain::Month)
        );
    }
}
