//! Holidays, events, days that are always closed, and gaps: what is known of the days on which something is odd.

use std::collections::BTreeMap;

use super::forecast::events;
use crate::limits::EFFECT_WINDOW_DAYS;
use crate::model::answer::Finding;
use crate::model::manifest::Manifest;
use crate::model::query::AnomalyKind;
use crate::model::{Day, Grain, Period, Series};

/// What is known of a day that has no rows in any year.
const CLOSED: &str = "usually closed";
/// What is known of days without any row at all.
const MISSING: &str = "no rows in the source";
/// What a holiday is called beside its own name where another day is taken off for it.
const OBSERVED: &str = " (observed)";

/// What is known of the days of a series.
pub(super) struct KnownDays {
    /// By the first day of the step that they are in.
    on: BTreeMap<Day, String>,
    /// The days before and after holidays and events: days from it, and its name.
    near: BTreeMap<Day, (i32, String)>,
}

impl KnownDays {
    /// Of the days of a series. Months have a holiday more often than not: there none explains anything.
    pub(super) fn of(manifest: &Manifest, history: &Series) -> Self {
        let (mut on, mut near) = (BTreeMap::<Day, String>::new(), BTreeMap::new());
        let grain = history.grain;
        if grain > Grain::Week {
            return Self { on, near };
        }
        for event in events(manifest, history, 0) {
            let base = event.name.strip_suffix(OBSERVED).unwrap_or(&event.name);
            let name = if grain == Grain::Day {
                event.name.as_str()
            } else {
                base
            };
            let names = on.entry(grain.floor(event.day)).or_default();
            if !names.split(", ").any(|known| known == name) {
                if !names.is_empty() {
                    names.push_str(", ");
                }
                names.push_str(name);
            }
            for days in 1..=EFFECT_WINDOW_DAYS {
                for days in [days, -days] {
                    let slot = near
                        .entry(event.day.plus(days))
                        .or_insert_with(|| (days, base.to_owned()));
                    if days.abs() < slot.0.abs() {
                        *slot = (days, base.to_owned());
                    }
                }
            }
        }
        if grain == Grain::Day {
            for day in &manifest.quality.closed_days {
                on.entry(*day).or_insert_with(|| CLOSED.into());
            }
        } else {
            near.clear();
        }
        Self { on, near }
    }

    /// The names of a series' own steps.
    pub(super) fn named(&self, series: &Series) -> BTreeMap<usize, String> {
        let end = series.day(series.values.len());
        let inside = self.on.range(series.start..end);
        let index = |day: &Day| usize::try_from(series.grain.steps_between(series.start, *day));
        inside
            .filter_map(|(day, name)| Some((index(day).ok()?, name.clone())))
            .collect()
    }

    /// Tells all findings of one series what is known of their days. One on a known day is usual; one beside a holiday or an
    /// event, if the same happens beside it on another occasion.
    pub(super) fn tell(&self, findings: &mut [Finding], grain: Grain, manifest: &Manifest) {
        let mut occasions: BTreeMap<(AnomalyKind, bool, &str), u32> = BTreeMap::new();
        let near = |period: Period| {
            let near = self.near.get(&period.first)?;
            (period.first == period.last).then_some(near)
        };
        for finding in findings.iter() {
            if let Some((days, name)) = near(finding.period) {
                *occasions
                    .entry((finding.kind, *days > 0, name))
                    .or_default() += 1;
            }
        }
        for finding in findings.iter_mut() {
            let is_low = matches!(finding.kind, AnomalyKind::Low | AnomalyKind::StockOut);
            let is_step = matches!(finding.kind, AnomalyKind::Low | AnomalyKind::High);
            let mut gaps = manifest.quality.missing.iter();
            if is_low && gaps.any(|gap| gap.intersect(finding.period).is_some()) {
                finding.known = Some(MISSING.into());
            } else if !is_step {
                // What lasts is not explained by a day.
            } else if let Some(name) = self.on.get(&grain.floor(finding.period.first)) {
                finding.known = Some(name.clone());
                finding.is_usual = true;
            } else if let Some((days, name)) = near(finding.period) {
                let how_far = match days.abs() {
                    1 => "day".to_owned(),
                    n => format!("{n} days"),
                };
                let side = if *days > 0 { "after" } else { "before" };
                finding.known = Some(format!("{how_far} {side} {name}"));
                let again = occasions.get(&(finding.kind, *days > 0, name));
                finding.is_usual = again.is_some_and(|count| *count > 1);
            }
        }
    }
}
