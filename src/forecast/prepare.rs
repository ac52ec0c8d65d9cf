//! From what is asked to what models see: open steps of a scaled series, holidays taken out, what is odd treated.

use super::effects::Effects;
use super::fit::Setting;
use super::method::Method;
use super::request::Known;
use super::scale::PowerOfTwo;
use super::treat::Treated;
use super::{Request, count, explain, prophet};
use crate::limits::HISTORY_STEPS_MAX;
use crate::model::calendar::{Day, Grain};
use crate::model::note::Notes;
use crate::model::query::ModelChoice;

/// A series that is ready for models, and the way back.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    request: &'a Request<'a>,
    /// The newest part of the history, in the measure's units.
    history: &'a [f64],
    unit: PowerOfTwo,
    pub(super) treated: Treated,
    pub(super) effects: Effects,
    pub(super) setting: Setting,
    /// Open steps to forecast, at least one.
    pub(super) horizon: usize,
    /// What a reader should know of it.
    pub(super) notes: Notes,
}

/// The part of the history that is looked at, and how many steps lie before it.
pub(super) fn newest<'a>(request: &Request<'a>) -> (&'a [f64], usize) {
    let cut = request.values.len().saturating_sub(HISTORY_STEPS_MAX);
    (request.values.get(cut..).unwrap_or(request.values), cut)
}

/// The one value that a history has, if it has only one.
pub(super) fn constant(history: &[f64]) -> Option<f64> {
    let (first, rest) = history.split_first()?;
    let same = |v: &f64| (v - first).abs() <= first.abs() * 1e-12;
    rest.iter().all(same).then_some(*first)
}

/// That older history was left out, if it was.
pub(super) fn shortened(request: &Request<'_>, cut: usize) -> Option<String> {
    (cut > 0).then(|| {
        format!(
            "the newest {HISTORY_STEPS_MAX} of {} {}s were used",
            request.values.len(),
            request.grain
        )
    })
}

impl<'a> Prepared<'a> {
    /// Prepares a series for the choice of models, or for one that was named: that one gets the series as it is, and
    /// Prophet its own way with holidays.
    pub(super) fn of(request: &'a Request<'a>, asked: Option<Method>) -> Self {
        let (history, cut) = newest(request);
        let unit = PowerOfTwo::of(history);
        let season = season(request, history.len());
        let mut treated = Treated::of(&unit.into_scaled(history), request, season, asked.is_none());
        let days: Vec<_> = treated
            .open_places(request.horizon_steps.max(7))
            .filter_map(|t| request.day(cut + t))
            .collect();
        let effects = if asked == Some(Method::Prophet) {
            Effects::default()
        } else {
            let asked = treated.open_places(request.horizon_steps).count();
            let days = days.get(..asked).unwrap_or(&days);
            Effects::take_out(&mut treated, request, days, cut)
        };
        if asked.is_none() {
            treated.clean();
        }
        let mut notes: Notes = shortened(request, cut).into_iter().collect();
        notes.extend(
            treated
                .found
                .iter()
                .map(|found| explain::found(request, cut, found)),
        );
        notes.extend(explain::effects(&effects.found, request.grain));
        Self {
            setting: setting(request, &treated, days, cut),
            horizon: treated.open_steps(request.horizon_steps).max(1),
            request,
            history,
            unit,
            treated,
            effects,
            notes,
        }
    }

    /// Whether nothing negative was ever sold.
    pub(super) fn never_negative(&self) -> bool {
        self.history.iter().all(|v| *v >= 0.0)
    }

    /// Values of open steps ahead, among zeros for the closed ones, in the measure's units.
    pub(super) fn whole(&self, open: &[f64]) -> Vec<f64> {
        self.among(open, self.request.horizon_steps)
    }

    /// The same for so many steps.
    pub(super) fn among(&self, open: &[f64], steps: usize) -> Vec<f64> {
        self.unit
            .out_of_scaled(&self.treated.among_closed(open, steps))
    }
}

/// The season of a request, as far as the history allows.
pub(super) fn season(request: &Request<'_>, values: usize) -> usize {
    let natural = request.season.unwrap_or(request.grain.season_steps());
    let asked = request.model != ModelChoice::Auto;
    if asked || values >= natural {
        natural
    } else {
        1
    }
}

/// What models are told of the treated series.
fn setting(request: &Request<'_>, treated: &Treated, days: Vec<Day>, cut: usize) -> Setting {
    let natural = request.season.unwrap_or(request.grain.season_steps());
    let periods = match request.grain {
        Grain::Day if natural == 7 => vec![count(treated.season), treated.open_period(365.25)],
        Grain::Week if natural == 52 => vec![365.25 / 7.0],
        _ => vec![count(natural)],
    };
    Setting {
        season: treated.season,
        periods,
        days,
        holidays: prophet_holidays(request),
        known: prophet_columns(request, cut),
    }
}

/// The events as Prophet takes them, for a Prophet that was asked for by name.
fn prophet_holidays(request: &Request<'_>) -> Vec<prophet::Holiday> {
    if request.model != ModelChoice::Prophet {
        return Vec::new();
    }
    let mut names: Vec<&str> = request.events.iter().map(|e| e.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| prophet::Holiday {
            name: name.into(),
            days: request
                .events
                .iter()
                .filter(|e| e.name == name)
                .map(|e| e.day)
                .collect(),
            lower_window: 0,
            upper_window: 0,
            prior_scale: None,
        })
        .collect()
}

/// The known columns as Prophet takes them, for a Prophet that was asked for by name.
fn prophet_columns(request: &Request<'_>, cut: usize) -> Vec<Known> {
    let asked = request.model == ModelChoice::Prophet;
    let columns = request.known.iter().filter(|_| asked);
    columns
        .map(|column| Known {
            name: column.name.clone(),
            values: column.values.get(cut..).unwrap_or_default().to_vec(),
        })
        .collect()
}
