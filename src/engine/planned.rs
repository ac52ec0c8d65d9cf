//! What is planned for the steps to come: columns whose effect the history may teach, and changes that are assumed.

use crate::error::{Error, Result};
use crate::forecast::{self, Known};
use crate::limits::PLANNED_CHANGE_MAX_PERCENT;
use crate::model::answer::{Forecast, Learnt, PlannedAnswer};
use crate::model::manifest::{Asked, Manifest, Measure};
use crate::model::note::{Notes, Topic};
use crate::model::planned::{Plan, Planned};
use crate::model::query::ForecastQuery;
use crate::model::{Day, Period, Series};
use crate::present::number;

/// The plans of a question and of its dataset.
#[derive(Debug)]
pub(super) struct Plans<'a> {
    all: Vec<One<'a>>,
}

#[derive(Debug)]
struct One<'a> {
    planned: &'a Planned,
    /// The measure whose value is planned; none for a change.
    measure: Option<Asked<'a>>,
    from_dataset: bool,
}

impl<'a> Plans<'a> {
    /// # Errors
    /// `Invalid` for a plan of something that the data do not hold, of the forecast measure itself, or of parts.
    pub(super) fn of(
        query: &'a ForecastQuery,
        manifest: &'a Manifest,
        forecast: &Measure,
    ) -> Result<Self> {
        if query.by.is_some() && !query.planned.is_empty() {
            return Err(Error::invalid(
                "plans change one series, not its parts: leave out either planned or by, or ask for one part with filters",
            ));
        }
        let mut all = Vec::new();
        for planned in &query.planned {
            let measure = match planned.plan {
                Plan::Change(_) => None,
                Plan::Value(_) => Some(measure_of(planned, manifest, forecast)?),
            };
            all.push(One {
                planned,
                measure,
                from_dataset: false,
            });
        }
        let own = manifest.calendar.iter().flat_map(|c| &c.planned);
        // The owner's plans are for the whole; what they say of the forecast measure itself is no news of it.
        for planned in own.filter(|_| query.by.is_none()) {
            let measure = match planned.plan {
                Plan::Change(_) => None,
                Plan::Value(_) => match measure_of(planned, manifest, forecast) {
                    Ok(measure) => Some(measure),
                    Err(_) => continue,
                },
            };
            all.push(One {
                planned,
                measure,
                from_dataset: true,
            });
        }
        Ok(Self { all })
    }

    /// The plans of a question alone, where they are all changes that are assumed; none if something has to be learnt.
    pub(super) fn changes(query: &'a ForecastQuery) -> Option<Self> {
        let all = query.planned.iter().map(|planned| match planned.plan {
            Plan::Change(_) => Some(One {
                planned,
                measure: None,
                from_dataset: false,
            }),
            Plan::Value(_) => None,
        });
        all.collect::<Option<Vec<One<'_>>>>()
            .map(|all| Self { all })
    }

    /// The measures that have to be read, beside the forecast one.
    pub(super) fn measures(&self) -> Vec<&'a str> {
        let asked = self.all.iter().filter_map(|one| one.measure);
        let names = asked.flat_map(|asked| match asked {
            Asked::Sum(measure) => vec![measure.name.as_str()],
            Asked::Ratio(_, above, below) => vec![above.name.as_str(), below.name.as_str()],
        });
        names.collect()
    }

    /// Refuses plans of the question that no step of the horizon meets.
    pub(super) fn check(&self, history: &Series, horizon_steps: usize) -> Result<()> {
        let past = history.values.len();
        let step = |at: usize| (history.day(at), history.day(at + 1).plus(-1));
        for one in self.all.iter().filter(|one| !one.from_dataset) {
            let (first, last) = (step(past).0, step(past + horizon_steps - 1).1);
            let met = one.planned.period.first <= last && one.planned.period.last >= first;
            if !met {
                return Err(Error::invalid(format!(
                    "the plan {} lies outside of the steps that are forecast ({first} to {last}): change its period or the \
                     horizon",
                    one.planned
                )));
            }
        }
        Ok(())
    }

    /// A column for each measure that is planned: its past values, then the planned ones; where nothing is planned it is
    /// what it usually was of late. `read` are the sums of the scan's measures, by name.
    ///
    /// # Errors
    /// `Invalid` for a plan of the question that no step of the horizon meets.
    pub(super) fn columns(
        &self,
        history: &Series,
        horizon_steps: usize,
        read: &[(String, Series)],
    ) -> Result<Vec<Known>> {
        self.check(history, horizon_steps)?;
        let past = history.values.len();
        let step = |at: usize| (history.day(at), history.day(at + 1).plus(-1));
        let mut columns: Vec<Known> = Vec::new();
        for one in &self.all {
            let Some(asked) = one.measure else { continue };
            let name = asked.name();
            if columns.iter().any(|c| c.name == name) {
                continue;
            }
            let mut values = past_values(asked, history, read)?;
            let usual = forecast::usual(&values, history.grain);
            let plans: Vec<&Planned> = self.of_measure(name).collect();
            for at in past..past + horizon_steps {
                let (first, last) = step(at);
                let days = f64::from(last.0 - first.0 + 1);
                let mut value = usual;
                for plan in &plans {
                    let share = f64::from(covered(plan.period, first, last)) / days;
                    value = (plan.plan.natural() - usual).mul_add(share, value);
                }
                values.push(value);
            }
            columns.push(Known {
                name: name.to_owned(),
                values,
            });
        }
        Ok(columns)
    }

    /// The plans for a measure; a question's own come instead of the dataset's.
    fn of_measure<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a Planned> + 's {
        let named = move |one: &&One<'_>| one.measure.is_some_and(|asked| asked.name() == name);
        let own = self.all.iter().filter(named).any(|one| !one.from_dataset);
        let chosen = self.all.iter().filter(named);
        chosen
            .filter(move |one| one.from_dataset != own)
            .map(|one| one.planned)
    }

    /// Changes a forecast by what is assumed, and says of each plan what became of it.
    pub(super) fn assume(
        &self,
        forecast: &mut Forecast,
        history: &Series,
    ) -> (Vec<PlannedAnswer>, Notes) {
        let past = history.values.len();
        let steps = forecast.point.len();
        let (mut said, mut notes) = (Vec::new(), Notes::default());
        for one in &self.all {
            let mut met = 0;
            for at in 0..steps {
                let (first, last) = (history.day(past + at), history.day(past + at + 1).plus(-1));
                let days = covered(one.planned.period, first, last);
                met += usize::from(days > 0);
                if let (Plan::Change(_), true) = (one.planned.plan, days > 0) {
                    let share = f64::from(days) / f64::from(last.0 - first.0 + 1);
                    scale(forecast, at, one.planned.plan.natural().mul_add(share, 1.0));
                }
            }
            if met == 0 {
                continue;
            }
            let learnt = match one.measure {
                None => Learnt::Assumed,
                Some(asked) => {
                    let name = asked.name();
                    if !self.of_measure(name).any(|p| p == one.planned) {
                        continue;
                    }
                    let effect = forecast.effects.iter().find(|e| e.column && e.name == name);
                    match effect {
                        Some(effect) if effect.occurrences > 0 => Learnt::FromHistory,
                        _ => Learnt::Nothing,
                    }
                }
            };
            match learnt {
                Learnt::Assumed => notes.add(
                    Topic::Assumed,
                    format!(
                        "assumed, not learnt from the history: {} {} in {} ({met} of {steps} {}s are changed)",
                        one.planned.name, one.planned.plan, one.planned.period, history.grain
                    ),
                ),
                Learnt::Nothing => notes.add(
                    Topic::Assumed,
                    format!(
                        "the plan {} changes nothing, since the history does not show what {} does to sales: to assume a \
                         change from -100% to +{PLANNED_CHANGE_MAX_PERCENT}%, write it as {}:{}:+5%",
                        one.planned, one.planned.name, one.planned.name, one.planned.period
                    ),
                ),
                Learnt::FromHistory => {}
            }
            said.push(PlannedAnswer {
                planned: one.planned.clone(),
                unit: one.measure.map(|asked| asked.unit().to_owned()),
                learnt,
                steps: met,
                from_dataset: one.from_dataset,
            });
        }
        (said, notes)
    }
}

/// The measure that a value is planned for.
fn measure_of<'a>(
    planned: &Planned,
    manifest: &'a Manifest,
    forecast: &Measure,
) -> Result<Asked<'a>> {
    let asked = manifest.asked(Some(&planned.name)).map_err(|e| {
        e.context(format!(
            "the plan {planned} needs a measure of the data, so that the history can teach what it does; or assume a change \
             such as {}:{}:+5%",
            planned.name, planned.period
        ))
    })?;
    if matches!(asked, Asked::Sum(measure) if measure.name == forecast.name) {
        return Err(Error::invalid(format!(
            "{} is what is forecast: a plan says what something else will be, such as a price",
            forecast.name
        )));
    }
    Ok(asked)
}

/// What a measure was at each step of the history; a ratio with nothing below the line stays as it was before.
fn past_values(asked: Asked<'_>, history: &Series, read: &[(String, Series)]) -> Result<Vec<f64>> {
    let sums = |measure: &Measure| -> Result<Vec<f64>> {
        let found = read.iter().find(|(name, _)| *name == measure.name);
        let (_, series) = found.ok_or_else(|| Error::internal("a planned measure was not read"))?;
        let skip = series.grain.steps_between(series.start, history.start);
        let skip = usize::try_from(skip).unwrap_or(0);
        let whole = series.values.iter().skip(skip).take(history.values.len());
        Ok(whole.map(|v| number::natural(*v, measure.scale)).collect())
    };
    let (above, below) = match asked {
        Asked::Sum(measure) => return sums(measure),
        Asked::Ratio(_, above, below) => (sums(above)?, sums(below)?),
    };
    let ratios = above.iter().zip(&below);
    let ratios: Vec<Option<f64>> = ratios.map(|(a, b)| (*b != 0.0).then(|| a / b)).collect();
    let mut last = ratios.iter().flatten().next().copied().unwrap_or_default();
    let filled = ratios.iter().map(|ratio| {
        last = ratio.unwrap_or(last);
        last
    });
    Ok(filled.collect())
}

/// Days of a step that a plan is for.
fn covered(period: Period, first: Day, last: Day) -> i32 {
    let (from, to) = (period.first.max(first), period.last.min(last));
    (to.0 - from.0 + 1).max(0)
}

fn scale(forecast: &mut Forecast, at: usize, factor: f64) {
    let ends = forecast.bands.iter_mut();
    let ends = ends.flat_map(|band| [&mut band.lower, &mut band.upper]);
    for values in ends.chain([&mut forecast.point]) {
        if let Some(value) = values.get_mut(at) {
            *value *= factor;
        }
    }
}
