//! Price, volume and mix: how much of a change of revenue came from selling more, selling other things, and other prices.
//!
//! With quantities q and revenues r of each item before (a) and after (b), sums Q and R over the items that were sold in
//! both, and the old prices pa = ra / qa, Pa = Ra / Qa:
//!
//! - volume `(qb - qa) Pa`: the change of quantity at the old average price; over all items `(Qb - Qa) Pa`;
//! - mix `(qb - qa) (pa - Pa)`: the same change, as far as the item was dearer or cheaper than the average;
//! - price `rb - qb pa`: the new quantity at the change of price.
//!
//! The three add up to `rb - ra` of each item. Items that are new or gone have only one price, and stand apart.
//!
//! Rounding is exact in sum: `qb pa` is rounded so that its total is the nearest integer, every item down or up, those
//! with the largest remainder up, equal ones by id (the method of the largest remainder); so is the volume. Price and mix
//! are what is left, so `volume + mix + price + new + gone + other` is the change to the last unit.
//!
//! Source: the three-way variance analysis of management accounting, e.g. Horngren, Datar & Rajan, Cost Accounting (14th
//! ed.), chapter 14, sales-quantity, sales-mix and price variances.

use std::cmp::Reverse;

use super::narrow;
use crate::error::{Error, Result};

/// One item before and after. An item was sold in a period if its quantity is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Which one.
    pub id: usize,
    /// Quantity before.
    pub qa: i64,
    /// Revenue before.
    pub ra: i64,
    /// Quantity after.
    pub qb: i64,
    /// Revenue after.
    pub rb: i64,
}

/// Why an item's revenue changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Sold in both: the effects of quantity, of mix and of price.
    Kept {
        /// The change of quantity at the old average price.
        volume: i64,
        /// The change of quantity at the difference to the old average price.
        mix: i64,
        /// The new quantity at the change of price.
        price: i64,
    },
    /// Sold only after.
    New,
    /// Sold only before.
    Gone,
    /// Sold in neither, though its revenue changed: returns, corrections.
    Other,
}

/// An item's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemChange {
    /// Which one.
    pub id: usize,
    /// `rb - ra`.
    pub change: i64,
    /// Why.
    pub cause: Cause,
}

/// A change of revenue by cause, in the revenue's scaled integers. The six effects add up to `change` exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceVolumeMix {
    /// The change of revenue.
    pub change: i64,
    /// More or fewer units, at the old average price.
    pub volume: i64,
    /// Dearer or cheaper items among them.
    pub mix: i64,
    /// Other prices.
    pub price: i64,
    /// Revenue of new items.
    pub new: i64,
    /// Lost revenue of items that are gone.
    pub gone: i64,
    /// Items without a quantity above 0 in either period.
    pub other: i64,
    /// Items whose revenue or quantity changed, in order of id.
    pub items: Vec<ItemChange>,
}

/// Splits a change of revenue. Items may come in any order; ids are expected once each.
///
/// # Units    quantities and revenues: scaled integers, any scales; effects: the revenue's
/// # Errors   `Invalid` if an id comes twice; `OverBudget` if a sum or product passes its width
/// # Source   variance analysis, see above
pub fn price_volume_mix(items: &[Item]) -> Result<PriceVolumeMix> {
    let mut items = items.to_vec();
    items.sort_by_key(|i| i.id);
    if items
        .windows(2)
        .any(|w| matches!(w, [x, y] if x.id == y.id))
    {
        return Err(Error::invalid("an item comes twice: give each id once"));
    }
    let is_kept = |i: &&Item| i.qa > 0 && i.qb > 0;
    let kept: Vec<&Item> = items.iter().filter(is_kept).collect();
    let (quantity, revenue) = kept.iter().fold((0_i128, 0_i128), |(q, r), i| {
        (q + i128::from(i.qa), r + i128::from(i.ra))
    });
    let mut at_old_price = Vec::with_capacity(kept.len());
    let mut volumes = Vec::with_capacity(kept.len());
    for i in &kept {
        // 63 bits by 63 bits: within 128.
        at_old_price.push((i128::from(i.qb) * i128::from(i.ra), i128::from(i.qa)));
        let more = i128::from(i.qb) - i128::from(i.qa);
        let product = more.checked_mul(revenue).ok_or_else(too_wide)?;
        volumes.push((product, quantity));
    }
    let mut parts = round_in_sum(&at_old_price)?
        .into_iter()
        .zip(round_in_sum(&volumes)?);

    let mut sums = [0_i128; 7];
    let mut of_items = Vec::new();
    for i in &items {
        let change = narrow(i128::from(i.rb) - i128::from(i.ra))?;
        let cause = match (i.qa > 0, i.qb > 0) {
            (true, true) => {
                let (at_old, volume) = parts.next().ok_or_else(too_wide)?;
                Cause::Kept {
                    volume: narrow(volume)?,
                    mix: narrow(at_old - i128::from(i.ra) - volume)?,
                    price: narrow(i128::from(i.rb) - at_old)?,
                }
            }
            (false, true) => Cause::New,
            (true, false) => Cause::Gone,
            (false, false) => Cause::Other,
        };
        let own = i128::from(change);
        let effects = match cause {
            Cause::Kept { volume, mix, price } => {
                [volume.into(), mix.into(), price.into(), 0, 0, 0, own]
            }
            Cause::New => [0, 0, 0, own, 0, 0, own],
            Cause::Gone => [0, 0, 0, 0, own, 0, own],
            Cause::Other => [0, 0, 0, 0, 0, own, own],
        };
        for (sum, effect) in sums.iter_mut().zip(effects) {
            *sum += effect;
        }
        if i.ra != i.rb || i.qa != i.qb {
            of_items.push(ItemChange {
                id: i.id,
                change,
                cause,
            });
        }
    }
    let [volume, mix, price, new, gone, other, change] = sums;
    Ok(PriceVolumeMix {
        change: narrow(change)?,
        volume: narrow(volume)?,
        mix: narrow(mix)?,
        price: narrow(price)?,
        new: narrow(new)?,
        gone: narrow(gone)?,
        other: narrow(other)?,
        items: of_items,
    })
}

/// Rounds fractions (numerator, denominator above 0) to integers whose sum is the nearest to theirs: all down, then those
/// with the largest remainders up by one, earlier ones first among equals.
fn round_in_sum(fractions: &[(i128, i128)]) -> Result<Vec<i128>> {
    // Remainders are summed in units of 2^-32: coarser than a unit by far less than one in all.
    let mut whole: Vec<i128> = Vec::with_capacity(fractions.len());
    let mut order: Vec<(Reverse<u64>, usize)> = Vec::with_capacity(fractions.len());
    let mut sum = 0_i128;
    for (at, (above, below)) in fractions.iter().enumerate() {
        let (quotient, remainder) = divide(*above, *below);
        let part = remainder.checked_mul(1 << 32).ok_or_else(too_wide)?;
        let part = u64::try_from(divide(part, *below).0).map_err(|_| too_wide())?;
        sum += i128::from(part);
        whole.push(quotient);
        order.push((Reverse(part), at));
    }
    let up = usize::try_from((sum + (1 << 31)) >> 32).map_err(|_| too_wide())?;
    if up < order.len() {
        // Which these are is wanted, not their order.
        order.select_nth_unstable(up);
    }
    for (_, at) in order.into_iter().take(up) {
        if let Some(value) = whole.get_mut(at) {
            *value += 1;
        }
    }
    Ok(whole)
}

/// Quotient and remainder, the remainder not below 0. Divisions of 128 bits are slow, above all in wasm.
fn divide(above: i128, below: i128) -> (i128, i128) {
    if let (Ok(above), Ok(below)) = (i64::try_from(above), i64::try_from(below))
        && let Some(quotient) = above.checked_div_euclid(below)
    {
        return (quotient.into(), above.rem_euclid(below).into());
    }
    (above.div_euclid(below), above.rem_euclid(below))
}

fn too_wide() -> Error {
    Error::over_budget("quantity times revenue passes 127 bits: narrow the filters or the period")
}
