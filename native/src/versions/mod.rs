//! Versions after they are published: what there is, what changed, going back, removing, and proving that every byte is
//! what it was. All of it works on any [`Bucket`](crate::publish::Bucket).

pub mod command;
mod diff;
mod list;
mod prune;
mod reading;
mod rollback;
mod verify;

pub use diff::{DayChange, Diff, DimensionDiff, MeasureDiff, diff};
pub(crate) use diff::{by_day as day_totals, values};
pub use list::{Listed, State, list, table};
pub use prune::{PruneOptions, Pruned, prune};
pub(crate) use reading::scan;
pub use reading::{Loaded, choose, load};
pub use rollback::rollback;
pub use verify::{Finding, Verified, verify, verify_pointer};

use nearcast::present::number;

/// A sum in its measure's natural unit, exactly.
pub(crate) fn written(sum: i128, scale: u8) -> String {
    i64::try_from(sum).map_or_else(
        |_| format!("{sum}e-{scale}"),
        |sum| number::plain(sum, scale),
    )
}
