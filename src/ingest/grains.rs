//! Which rollups a version holds, and how they are cut into row groups.

use std::ops::Range;

use super::shape::{CellKey, Cells, Shaped, merge};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{CODE_ALL, TimeGrain};
use crate::model::{Day, Grain};

/// A rollup: which dimensions and how much of time its cells keep apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rollup {
    /// Positions among the stored dimensions, ascending.
    pub(super) dimensions: Vec<usize>,
    pub(super) time: TimeGrain,
    pub(super) cells: Cells,
    /// Rows of each row group.
    pub(super) groups: Vec<Range<usize>>,
}

/// The finest cells as a rollup: by operation, then day, then the other dimensions, so that a window of time within an
/// operation is a run of rows; without operations by day.
pub(super) fn fine(shaped: &Shaped) -> Rollup {
    let names = stored_names(shaped);
    let by_operation = names.first() == Some(&"operation");
    let cells = by_time(&shaped.fine, by_operation);
    Rollup {
        dimensions: (0..names.len()).collect(),
        time: TimeGrain::Day,
        groups: groups(&cells.keys, by_operation.then_some(0)),
        cells,
    }
}

/// Cells by operation (where they keep it apart), then time, then the other dimensions: a window of time is a run of rows.
fn by_time(cells: &Cells, by_operation: bool) -> Cells {
    let first = |key: &CellKey| if by_operation { key.codes[0] } else { CODE_ALL };
    let width = width(cells);
    let mut order: Vec<usize> = (0..cells.keys.len()).collect();
    order.sort_by_key(|i| cells.keys.get(*i).map(|k| (first(k), k.day, k.codes)));
    let mut sorted = Cells::default();
    for i in order {
        sorted.keys.extend(cells.keys.get(i));
        sorted.lines.extend(cells.lines.get(i));
        let sums = cells.sums.get(i * width..(i + 1) * width);
        sorted.sums.extend_from_slice(sums.unwrap_or_default());
    }
    sorted
}

/// The rollups worth keeping, the largest first: the small ones, which most questions need, lie together at the end.
///
/// One that has more than half as many cells as the fine ones saves nothing and is left out, unless it is small or sorted
/// otherwise (product by day serves a product's series, which is scattered in the fine cells).
pub(super) fn rollups(
    shaped: &Shaped,
    grain: Grain,
    overflow: impl Fn(usize) -> Error,
) -> Result<Vec<Rollup>> {
    let names = stored_names(shaped);
    let product = names.iter().position(|n| *n == "product");
    let by_operation = names.first() == Some(&"operation");
    let fine_cells = shaped.fine.keys.len();
    let first_day = shaped.fine.keys.iter().map(|k| k.day).min().unwrap_or(0);
    let mut kept = Vec::new();
    for (dimensions, time) in wanted(&names, grain) {
        let cells = roll_up(&shaped.fine, &dimensions, time, first_day, &overflow)?;
        let count = cells.keys.len();
        let is_product_series =
            dimensions.as_slice() == product.as_slice() && time == TimeGrain::Day;
        if count <= limits::GRAIN_CELLS_KEPT || count <= fine_cells / 2 || is_product_series {
            let keyed = by_operation && dimensions.first() == Some(&0);
            let cells = match time {
                TimeGrain::Month => by_time(&cells, keyed),
                TimeGrain::Day | TimeGrain::None => cells,
            };
            kept.push(Rollup {
                groups: groups(&cells.keys, keyed.then_some(0)),
                dimensions,
                time,
                cells,
            });
        }
    }
    kept.sort_by_key(|r| std::cmp::Reverse(r.cells.keys.len()));
    Ok(kept)
}

fn stored_names(shaped: &Shaped) -> Vec<&str> {
    let stored = shaped.dimensions.iter().filter(|d| d.stored);
    stored.map(|d| d.name.as_str()).collect()
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

fn width(cells: &Cells) -> usize {
    cells.sums.len().checked_div(cells.keys.len()).unwrap_or(0)
}

fn roll_up(
    fine: &Cells,
    dimensions: &[usize],
    time: TimeGrain,
    first_day: i32,
    overflow: &impl Fn(usize) -> Error,
) -> Result<Cells> {
    let mut month = (i32::MIN, 0);
    let keys: Vec<CellKey> = fine
        .keys
        .iter()
        .map(|key| {
            let mut codes = [CODE_ALL; limits::STORED_DIMENSIONS_MAX];
            for d in dimensions {
                if let (Some(to), Some(from)) = (codes.get_mut(*d), key.codes.get(*d)) {
                    *to = *from;
                }
            }
            let day = match time {
                TimeGrain::Day => key.day,
                TimeGrain::None => first_day,
                TimeGrain::Month => {
                    if month.0 != key.day {
                        month = (key.day, Grain::Month.floor(Day(key.day)).0);
                    }
                    month.1
                }
            };
            CellKey { codes, day }
        })
        .collect();
    merge(&keys, &fine.sums, &fine.lines, width(fine), overflow)
}

/// Cuts sorted cells into row groups: one for each code of the key dimension, neighbours together where there are very
/// many codes, and none larger than the limit.
fn groups(keys: &[CellKey], key: Option<usize>) -> Vec<Range<usize>> {
    let code = |i: usize| key.and_then(|d| keys.get(i)?.codes.get(d).copied());
    let changes = (1..keys.len()).filter(|i| code(*i) != code(*i - 1)).count();
    let shared = changes >= limits::KEYED_GROUPS_MAX;
    let mut groups = Vec::new();
    let mut start = 0;
    for i in 1..=keys.len() {
        let rows = i - start;
        let at_key = code(i) != code(i - 1) && (!shared || rows >= limits::PAGE_ROWS_MAX);
        if i == keys.len() || at_key || rows == limits::ROW_GROUP_ROWS_MAX {
            groups.push(start..i);
            start = i;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(counts: &[usize]) -> Vec<CellKey> {
        let codes = counts
            .iter()
            .zip(0..)
            .flat_map(|(n, code)| std::iter::repeat_n(code, *n));
        codes
            .map(|code| {
                let mut key = CellKey {
                    codes: [CODE_ALL; limits::STORED_DIMENSIONS_MAX],
                    day: 0,
                };
                key.codes[0] = code;
                key
            })
            .collect()
    }

    #[test]
    fn row_groups_follow_the_key() {
        assert_eq!(groups(&keys(&[2, 3, 1]), Some(0)), [0..2, 2..5, 5..6]);
        assert_eq!(groups(&keys(&[2, 3, 1]), None), vec![0..6]);
        assert_eq!(
            groups(&keys(&[limits::ROW_GROUP_ROWS_MAX + 1, 1]), Some(0)).len(),
            3
        );
        let many = groups(&keys(&vec![10; limits::KEYED_GROUPS_MAX + 200]), Some(0));
        assert!(
            many.len() < 3 && many.iter().all(|g| g.len() % 10 == 0),
            "{many:?}"
        );
        assert!(groups(&[], Some(0)).is_empty());
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
