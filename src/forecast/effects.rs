//! What days do to sales: holidays, the owner's events and known columns, such as a price. Their effects are estimated
//! where the history holds them, taken out before models are fitted, and put on what is forecast.
//!
//! Source: regression with errors that a model explains, Hyndman & Athanasopoulos, Forecasting: Principles and Practice
//! (3rd ed.), chapter 10; the effects are shares of the neighbourhood's level, shrunk towards none by what could be
//! chance.

use super::request::Event;
use super::season::Adjusted;
use super::treat::{Treated, fill, median, running_median};
use super::{Request, count, intervals};
use crate::limits::EFFECT_WINDOW_DAYS;
use crate::model::answer::Effect;
use crate::model::calendar::{Day, Grain};

/// An effect has to be so many standard errors away from none,
const ERRORS_MIN: f64 = 2.0;
/// and at least this large, as a share of the level.
const SHARE_MIN: f64 = 0.03;
/// Sales that fall by more than this share have stopped: such a day is closed.
const CLOSED_SHARE: f64 = 0.95;
/// Steps on either side that make a neighbourhood of days; a feast may fill a week.
const NEIGHBOURS_DAYS: usize = 10;
/// The same of weeks and longer steps.
const NEIGHBOURS: usize = 3;
/// With more steps without sales than this share, a series says nothing of days.
const ZEROS_MAX: f64 = 0.1;
/// A standard deviation over the median absolute deviation of normal errors.
const SIGMA_OVER_MAD: f64 = 1.482_6;

/// What was found, and what it does to the steps to come.
#[derive(Debug, Clone, Default)]
pub(super) struct Effects {
    /// For people; those that the horizon meets first.
    pub(super) found: Vec<Effect>,
    /// What each open step of the horizon is multiplied by; empty where nothing was found.
    ahead: Vec<f64>,
    /// Its standard error.
    error: Vec<f64>,
}

/// The shares by which values differ from their neighbourhood, and the usual size of that.
struct Shares {
    each: Vec<f64>,
    sigma: f64,
}

/// What a column usually is at the end of its history: where nothing else is known of the steps to come.
#[must_use]
pub fn usual(past: &[f64], grain: Grain) -> f64 {
    running_median(past, neighbours(grain))
        .last()
        .copied()
        .unwrap_or_default()
}

const fn neighbours(grain: Grain) -> usize {
    if matches!(grain, Grain::Day) {
        NEIGHBOURS_DAYS
    } else {
        NEIGHBOURS
    }
}

impl Effects {
    /// Estimates effects and takes them out of the series. `days` are those of the open steps, history and horizon.
    pub(super) fn take_out(
        treated: &mut Treated,
        request: &Request<'_>,
        days: &[Day],
        cut: usize,
    ) -> Self {
        let n = treated.fit.len();
        let level = |t: usize| treated.fit.get(t).copied();
        let sold = (0..n).filter_map(level).all(|v| v >= 0.0);
        if !sold || (request.events.is_empty() && request.known.is_empty()) {
            return Self::default();
        }
        let mut effects = Self {
            found: Vec::new(),
            ahead: vec![
                1.0;
                days.len()
                    .saturating_sub(n)
                    .max(treated.open_steps(request.horizon_steps))
            ],
            error: vec![
                0.0;
                days.len()
                    .saturating_sub(n)
                    .max(treated.open_steps(request.horizon_steps))
            ],
        };
        effects.events(treated, request, days);
        effects.known(treated, request, cut);
        effects
    }

    /// Puts the effects on estimates of the open steps to come.
    pub(super) fn put_on(&self, point: &mut [f64]) {
        for (value, factor) in point.iter_mut().zip(&self.ahead) {
            *value *= factor;
        }
    }

    /// Puts them on half-widths: scaled like the estimates, and wider by what is not known of the effects.
    pub(super) fn widen(&self, widths: &mut [f64], without: &[f64], level: u8) {
        let z = intervals::normal(level);
        let each = widths
            .iter_mut()
            .zip(without)
            .zip(self.ahead.iter().zip(&self.error));
        for ((width, value), (factor, error)) in each {
            let unsure = z * error * value.abs();
            let scaled = *width * factor.min(1.0).max(factor.sqrt());
            *width = if *factor == 0.0 {
                0.0
            } else {
                (scaled * scaled + unsure * unsure).sqrt()
            };
        }
    }

    fn events(&mut self, treated: &mut Treated, request: &Request<'_>, days: &[Day]) {
        let window = match request.grain {
            Grain::Day => EFFECT_WINDOW_DAYS,
            Grain::Week => 0,
            // A feast that moves within a month or quarter moves too little to be told from the season.
            Grain::Month | Grain::Quarter | Grain::Year => return,
        };
        let n = treated.fit.len();
        let Some(shares) = Shares::of(&treated.fit, treated.season, request.grain) else {
            return;
        };
        let hits = nearest(request.events, days, window, request.grain);
        let mut names: Vec<(&str, i32)> = hits.iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        for (name, offset) in names {
            let steps: Vec<usize> = (0..hits.len())
                .filter(|t| hits.get(*t) == Some(&Some((name, offset))))
                .collect();
            let (past, ahead): (Vec<usize>, Vec<usize>) = steps.into_iter().partition(|t| *t < n);
            let Some((share, error)) = shares.effect(&past) else {
                continue;
            };
            let closed = share <= -CLOSED_SHARE;
            let factor = if closed { 0.0 } else { 1.0 + share };
            for t in &past {
                take(treated, *t, factor, &shares);
            }
            for t in &ahead {
                self.multiply(t - n, factor, if closed { 0.0 } else { error });
            }
            self.found.push(Effect {
                name: name.into(),
                offset_days: offset,
                column: false,
                share: factor - 1.0,
                occurrences: past.len(),
                steps_ahead: ahead.len(),
            });
        }
        self.found
            .sort_by_key(|e| (e.steps_ahead == 0, e.offset_days.abs()));
    }

    fn known(&mut self, treated: &mut Treated, request: &Request<'_>, cut: usize) {
        let n = treated.fit.len();
        for column in request.known {
            let open: Vec<f64> = treated
                .open_places(request.horizon_steps)
                .filter_map(|t| column.values.get(cut + t).copied())
                .collect();
            let (Some(past), Some(shares)) = (
                open.get(..n),
                Shares::of(&treated.fit, treated.season, request.grain),
            ) else {
                continue;
            };
            // What moves with the season or slowly cannot be told from season and trend: only what stands out counts.
            let levels = running_median(past, neighbours(request.grain));
            // What is to come is held against the level of now: what came before it is part of the trend.
            let usual = usual(past, request.grain);
            let out: Vec<f64> = past.iter().zip(&levels).map(|(x, m)| x - m).collect();
            let size = out.iter().map(|x| x * x).sum::<f64>();
            let moved = out.iter().filter(|x| **x != 0.0).count();
            if moved < 3 || size <= 0.0 {
                self.found.push(Effect::unknown(&column.name));
                continue;
            }
            let moment: f64 = out.iter().zip(&shares.each).map(|(x, r)| x * r).sum();
            // One occurrence of a typical size without an effect shrinks it.
            let slope = moment / (size + size / count(moved));
            let error = shares.sigma / size.sqrt();
            if slope.abs() < ERRORS_MIN * error {
                self.found.push(Effect::unknown(&column.name));
                continue;
            }
            for (t, x) in out.iter().enumerate() {
                if *x != 0.0 {
                    take(
                        treated,
                        t,
                        slope.mul_add(*x, 1.0).max(1.0 - CLOSED_SHARE),
                        &shares,
                    );
                }
            }
            let later = open.get(n..).unwrap_or_default();
            let mut met = 0;
            for (h, x) in later.iter().enumerate() {
                let factor = slope.mul_add(x - usual, 1.0).max(0.0);
                met += usize::from((factor - 1.0).abs() > 1e-12);
                self.multiply(h, factor, error * (x - usual).abs());
            }
            self.found.push(Effect {
                name: column.name.clone(),
                offset_days: 0,
                column: true,
                share: slope,
                occurrences: moved,
                steps_ahead: met,
            });
        }
    }

    fn multiply(&mut self, ahead: usize, factor: f64, error: f64) {
        if let (Some(f), Some(e)) = (self.ahead.get_mut(ahead), self.error.get_mut(ahead)) {
            *f *= factor;
            *e = (*e * *e + error * error).sqrt();
        }
    }
}

impl Shares {
    fn of(values: &[f64], season: usize, grain: Grain) -> Option<Self> {
        let half = neighbours(grain);
        if values.len() < 4 * half {
            return None;
        }
        // Days without sales have no place in season and level, but their share is clear.
        let zeros: Vec<usize> = (0..values.len())
            .filter(|t| values.get(*t) == Some(&0.0))
            .collect();
        if count(zeros.len()) > ZEROS_MAX * count(values.len()) {
            return None;
        }
        let mut sold = values.to_vec();
        fill(&mut sold, &zeros, season);
        let adjusted = Adjusted::tested(&sold, season);
        let smooth = running_median(&adjusted.values, half);
        let both = adjusted.values.iter().zip(&smooth).zip(values);
        let share = both.map(|((value, level), original)| {
            if *original == 0.0 {
                -1.0
            } else if *level > 0.0 {
                value / level - 1.0
            } else {
                0.0
            }
        });
        let each: Vec<f64> = share.collect();
        let sigma = SIGMA_OVER_MAD * median(each.iter().map(|s| s.abs()).collect());
        (sigma > 0.0).then_some(Self { each, sigma })
    }

    /// The mean share at some steps, shrunk, and its standard error; none where it is not clear.
    fn effect(&self, steps: &[usize]) -> Option<(f64, f64)> {
        let shares: Vec<f64> = steps
            .iter()
            .filter_map(|t| self.each.get(*t).copied())
            .collect();
        let n = count(shares.len());
        if shares.is_empty() {
            return None;
        }
        let mean = shares.iter().sum::<f64>() / n;
        let spread = shares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / n;
        let error = (self.sigma * self.sigma + spread).sqrt() / n.sqrt();
        let clear = mean.abs() > ERRORS_MIN * error && mean.abs() > SHARE_MIN;
        // What has stopped on every occurrence is not shrunk: half a closed day is none.
        let closed = shares.iter().all(|s| *s <= -CLOSED_SHARE);
        // Shrunk by how far it could be chance; a single occurrence says nothing of its own spread, so half of it might be.
        let doubt = (self.sigma * self.sigma + spread + mean * mean / (4.0 * n)) / n;
        let share = if closed {
            -1.0
        } else {
            mean * mean * mean / (mean * mean + doubt)
        };
        clear.then_some((share, error))
    }
}

/// Takes a factor out of a step; a closed step gets what its neighbourhood sold.
fn take(treated: &mut Treated, t: usize, factor: f64, shares: &Shares) {
    let share = shares.each.get(t).copied().unwrap_or_default();
    for series in [&mut treated.fit, &mut treated.actual] {
        let near = if share > -CLOSED_SHARE {
            None
        } else {
            series.get(t.saturating_sub(1)).copied()
        };
        let before = (1..=t).find_map(|k| {
            let other = t - k;
            let normal = shares.each.get(other).is_some_and(|s| *s > -CLOSED_SHARE);
            normal.then(|| series.get(other).copied()).flatten()
        });
        if let Some(value) = series.get_mut(t) {
            if factor > 1.0 - CLOSED_SHARE && near.is_none() {
                *value /= factor;
            } else if let Some(before) = before {
                *value = before;
            }
        }
    }
}

/// For each step the event that is nearest to it, and how many days it lies after it; none beyond the window.
fn nearest<'a>(
    events: &'a [Event],
    days: &[Day],
    window: i32,
    grain: Grain,
) -> Vec<Option<(&'a str, i32)>> {
    let mut sorted: Vec<(Day, usize, &str)> = events
        .iter()
        .enumerate()
        .map(|(at, e)| (e.day, at, e.name.as_str()))
        .collect();
    sorted.sort_unstable();
    // A step of a week holds what happens in its seven days; a day is so many days after what happened.
    let (before, after) = if grain == Grain::Week {
        (0, 6)
    } else {
        (window, window)
    };
    days.iter()
        .map(|day| {
            let (first, last) = (day.plus(-before), day.plus(after));
            let from = sorted.partition_point(|(event, ..)| *event < first);
            let near = sorted
                .iter()
                .skip(from)
                .take_while(|(event, ..)| *event <= last);
            let offsets = near.map(|(event, at, name)| {
                let after = Grain::Day.steps_between(*event, *day);
                let offset = if grain == Grain::Week { 0 } else { after };
                (offset.abs(), *at, *name, offset)
            });
            offsets.min().map(|(_, _, name, offset)| (name, offset))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::forecast;
    use super::super::request::Known;
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect(text)
    }

    /// Two years of days with a week's rhythm; `of` says what a day is multiplied by.
    fn sales(of: impl Fn(Day) -> f64) -> (Vec<f64>, Day) {
        let start = day("2024-01-01");
        let values = (0..730).map(|t| {
            let noise = f64::from((t * 7919) % 13) - 6.0;
            (200.0 + 30.0 * f64::from(t % 7) + noise) * of(start.plus(t))
        });
        (values.collect(), start)
    }

    fn yearly(name: &str, month_day: &str) -> Vec<Event> {
        (2024..=2026)
            .map(|y| Event {
                name: name.into(),
                day: day(&format!("{y}-{month_day}")),
            })
            .collect()
    }

    #[test]
    fn the_nearest_event_counts_and_a_week_holds_its_days() {
        let event = |name: &str, text: &str| Event {
            name: name.into(),
            day: day(text),
        };
        let events = [event("late", "2026-07-09"), event("early", "2026-07-04")];
        let days: Vec<Day> = (1..=11).map(|d| day(&format!("2026-07-{d:02}"))).collect();
        let hits = nearest(&events, &days, 2, Grain::Day);
        let at = |d: usize| hits[d - 1];
        assert_eq!((at(1), at(2)), (None, Some(("early", -2))));
        assert_eq!(
            (at(6), at(7), at(11)),
            (Some(("early", 2)), Some(("late", -2)), Some(("late", 2)))
        );
        let weeks = [day("2026-06-28"), day("2026-07-05"), day("2026-07-12")];
        let hits = nearest(&events, &weeks, 0, Grain::Week);
        assert_eq!(hits, [Some(("early", 0)), Some(("late", 0)), None]);
    }

    #[test]
    fn a_feast_is_learnt_with_its_eve_and_forecast() {
        let events = yearly("feast", "01-06");
        let (values, start) = sales(|d| match &d.to_string()[5..] {
            "01-06" => 0.3,
            "01-05" => 1.8,
            _ => 1.0,
        });
        let ask = |events: &[Event]| {
            let request = Request {
                start: Some(start),
                events,
                ..Request::new(&values, Grain::Day, 10)
            };
            forecast(&request).unwrap()
        };
        let (with, without) = (ask(&events), ask(&[]));
        // The history ends on 2025-12-30: step 6 is 5 January, step 7 the feast.
        assert_eq!(start.plus(730 + 6), day("2026-01-06"));
        let ratio = |h: usize| with.point[h] / without.point[h];
        assert!(
            ratio(6) < 0.75 && ratio(5) > 1.25,
            "{} {}",
            ratio(6),
            ratio(5)
        );
        assert!((ratio(2) - 1.0).abs() < 0.1);
        let feast = with.effects.iter().find(|e| e.offset_days == 0).unwrap();
        assert!((feast.occurrences, feast.steps_ahead) == (2, 1) && feast.share < -0.3);
        assert!(
            with.effects
                .iter()
                .any(|e| e.offset_days == -1 && e.share > 0.3)
        );
    }

    #[test]
    fn a_day_that_was_always_closed_is_closed_and_nothing_comes_of_nothing() {
        let events = yearly("closed", "01-06");
        let (values, start) = sales(|d| {
            if &d.to_string()[5..] == "01-06" {
                0.0
            } else {
                1.0
            }
        });
        let request = Request {
            start: Some(start),
            events: &events,
            ..Request::new(&values, Grain::Day, 10)
        };
        let answer = forecast(&request).unwrap();
        assert_eq!((answer.point[6], answer.bands[1].upper[6]), (0.0, 0.0));
        let quiet = yearly("nothing", "03-03");
        let request = Request {
            events: &quiet,
            ..request
        };
        assert!(forecast(&request).unwrap().effects.is_empty());
    }

    #[test]
    fn a_planned_promotion_moves_the_forecast_as_past_ones_did() {
        let promoted = |t: i32| t % 29 < 2;
        let start = day("2024-01-01");
        let (values, _) = sales(|d| {
            let t = Grain::Day.steps_between(start, d);
            if promoted(t) { 1.5 } else { 1.0 }
        });
        let column = |ahead: f64| {
            let past = (0..730).map(|t| f64::from(u8::from(promoted(t))));
            vec![Known {
                name: "promotion".into(),
                values: past.chain([ahead; 5]).collect(),
            }]
        };
        let ask = |known: &[Known]| {
            let request = Request {
                start: Some(start),
                known,
                ..Request::new(&values, Grain::Day, 5)
            };
            forecast(&request).unwrap()
        };
        let (on, off) = (ask(&column(1.0)), ask(&column(0.0)));
        let ratio = on.point[2] / off.point[2];
        assert!((1.3..1.7).contains(&ratio), "{ratio}");
        assert_eq!(on.effects[0].steps_ahead, 5);
        // A column that never moved teaches nothing, and the answer says so.
        let flat = [Known {
            name: "price".into(),
            values: vec![9.0; 735],
        }];
        assert_eq!(ask(&flat).effects[0].occurrences, 0);
    }
}
