//! Which periods are compared: of the same kind, and equally complete.

use crate::error::{Error, Result};
use crate::model::answer::Compared;
use crate::model::manifest::Manifest;
use crate::model::note::{Notes, Topic};
use crate::model::query::Baseline;
use crate::model::when::{self, Align, Clock, Span, When};
use crate::model::{Grain, Period};

/// The periods that were asked for.
pub(super) struct Wanted<'a> {
    /// The subject; the last complete month if none.
    pub(super) a: Option<&'a When>,
    /// What it is compared with.
    pub(super) b: &'a [Baseline],
    /// What it is compared with if nothing was asked; what the data do not hold of that is left out.
    pub(super) otherwise: &'a [Baseline],
    /// What the year before is aligned to.
    pub(super) align: Align,
    /// Whether an incomplete period is taken as it is.
    pub(super) incomplete: bool,
}

/// The periods that are compared.
pub(super) struct Periods {
    pub(super) subject: Compared,
    pub(super) baselines: Vec<Compared>,
    /// Whether the subject was asked for as a whole, and the data have the whole.
    pub(super) complete: bool,
    pub(super) notes: Notes,
}

impl Periods {
    pub(super) fn all(&self) -> impl Iterator<Item = Period> + '_ {
        let baselines = self.baselines.iter().map(|b| b.period);
        std::iter::once(self.subject.period).chain(baselines)
    }
}

/// Puts what is to be said of the periods into a receipt: it is exacter than what the receipt says of any question's days.
pub(super) fn told_of_periods(receipt: &mut Notes, told: Notes) {
    receipt.forget(Topic::Scope);
    receipt.extend(told);
}

/// Finds the periods that are meant, equally complete.
///
/// # Errors
/// `Invalid` for a period without data, and for a baseline that the data do not hold whole.
pub(super) fn periods(wanted: &Wanted<'_>, manifest: &Manifest) -> Result<Periods> {
    let clock = Clock::of(manifest);
    let whole = match wanted.a {
        Some(when) => when.resolve(&clock)?,
        None => When::parse("last 1 months")?.resolve(&clock).map_err(|e| {
            e.context("there is no complete month to compare: say which period a is")
        })?,
    };
    let days = clock.days;
    let mut notes = Notes::default();
    if whole.period.first < days.first && !wanted.incomplete {
        return Err(Error::invalid(format!(
            "the data begin on {}, so {} is not complete: choose a later period, or incomplete=true to compare it as it is",
            days.first, whole.label
        )));
    }
    // An unfinished period is compared with the same part of the others.
    let to_date = (!whole.complete && !wanted.incomplete).then_some(days.last);
    let mut subject = whole.period;
    if let Some(last) = to_date {
        subject.last = subject.last.min(last);
        notes.add(
            Topic::Scope,
            format!(
                "{} had not ended on {}: its first {} days are compared with as many of each baseline",
                whole.label,
                days.last,
                subject.days()
            ),
        );
    } else if !whole.complete {
        notes.add(
            Topic::Scope,
            format!(
                "{} is not complete: the data reach from {} to {}",
                whole.label, days.first, days.last
            ),
        );
    }
    let part = to_date.map(|_| subject.days());
    let baselines = baselines(wanted, &whole, part, &clock, &mut notes)?;
    if baselines.is_empty() {
        return Err(Error::invalid(format!(
            "there is nothing to compare {} with: the data reach from {} to {}",
            whole.label, days.first, days.last
        )));
    }
    let differ = baselines
        .iter()
        .find(|b| b.period.days() != subject.days() && !(is_one(b.period) && is_one(subject)));
    if let Some(differ) = differ {
        notes.add(
            Topic::Scope,
            format!(
                "{} has {} days and {} {}: sums are not scaled",
                whole.label,
                subject.days(),
                differ.label,
                differ.period.days()
            ),
        );
    }
    Ok(Periods {
        subject: Compared {
            label: whole.label,
            period: subject,
            how: "asked",
            value: None,
        },
        baselines,
        complete: whole.complete,
        notes,
    })
}

/// What the data hold of the baselines, each cut to as many days as there are of the subject, where that is unfinished.
fn baselines(
    wanted: &Wanted<'_>,
    whole: &Span,
    part: Option<i32>,
    clock: &Clock<'_>,
    notes: &mut Notes,
) -> Result<Vec<Compared>> {
    let days = clock.days;
    let asked = !wanted.b.is_empty();
    let mut baselines = Vec::new();
    for baseline in if asked { wanted.b } else { wanted.otherwise } {
        let mut compared = match found(baseline, wanted, whole, clock) {
            Ok(compared) => compared,
            Err(e) if asked => return Err(e),
            Err(_) => continue,
        };
        if let Some(part) = part {
            let last = compared.period.first.plus(part - 1);
            compared.period.last = compared.period.last.min(last);
        }
        let inside = days.first <= compared.period.first && compared.period.last <= days.last;
        let touches = compared.period.intersect(days).is_some();
        if inside || (wanted.incomplete && touches) {
            if !inside {
                notes.add(
                    Topic::Scope,
                    format!(
                        "the data have only a part of {} ({}): they reach from {} to {}",
                        compared.label, compared.period, days.first, days.last
                    ),
                );
            }
            baselines.push(compared);
        } else if asked {
            return Err(Error::invalid(format!(
                "{} ({}) is not complete in the data, which reach from {} to {}: choose another baseline{}",
                compared.label,
                compared.period,
                days.first,
                days.last,
                if touches {
                    ", or incomplete=true to compare what there is"
                } else {
                    ""
                }
            )));
        } else {
            notes.push(format!(
                "there is no comparison with {} ({}): the data begin on {}",
                compared.label, compared.period, days.first
            ));
        }
    }
    Ok(baselines)
}

/// Whether a period is one month, quarter or year: such ones are compared although their days differ.
fn is_one(period: Period) -> bool {
    [Grain::Month, Grain::Quarter, Grain::Year]
        .into_iter()
        .any(|grain| {
            grain.floor(period.first) == period.first
                && grain.step(period.first, 1).plus(-1) == period.last
        })
}

fn found(
    baseline: &Baseline,
    wanted: &Wanted<'_>,
    whole: &Span,
    clock: &Clock<'_>,
) -> Result<Compared> {
    let (label, period, how) = match baseline {
        Baseline::Previous => (
            "the period before".into(),
            when::previous(whole, clock),
            "previous",
        ),
        Baseline::YearBefore => {
            let before = when::year_before(whole, wanted.align, clock);
            let label = match &before.holiday {
                Some(holiday) => format!("the year before, by {holiday}"),
                None if wanted.align == before.align => "the year before".into(),
                None => "the year before, by weekday, since no holiday is inside".into(),
            };
            (label, before.period, before.align.name())
        }
        Baseline::Period(when) => {
            let span = when.resolve(clock)?;
            (span.label, span.period, "asked")
        }
    };
    Ok(Compared {
        label,
        period,
        how,
        value: None,
    })
}
