//! Real series before they are fitted: closed weekdays, outages, outliers, level shifts. What is found is treated and
//! reported; nothing that was sold is hidden from the exam.
//!
//! Sources: the running median of Tukey, Exploratory Data Analysis (1977); the median absolute deviation of Hampel, The
//! influence curve and its role in robust estimation, Journal of the American Statistical Association 69 (1974).

use super::season::Adjusted;
use super::{Request, count};
use crate::model::calendar::Grain;

/// Weeks without a sale on a weekday after which it counts as closed.
const CLOSED_WEEKS: usize = 8;
/// Weeks of history before anything is said about weekdays.
const CLOSED_WEEKS_MIN: usize = 4;
/// Zeros are an outage only where they are rarer than this, as a share of steps,
const OUTAGE_SHARE_MAX: f64 = 0.1;
/// and where even a bad step sells this share of a normal one.
const OUTAGE_STEADY: f64 = 0.25;
/// Further from its neighbourhood than this, in robust standard deviations, a value is an outlier;
const OUTLIER_SIGMAS: f64 = 8.0;
/// and by at least this share of its neighbourhood's level;
const OUTLIER_SHARE_MIN: f64 = 0.3;
/// at the ends of a history, by at least this one;
const OUTLIER_SHARE_AT_ENDS: f64 = 1.0;
/// it is drawn in to so many.
const DRAWN_IN_SIGMAS: f64 = 4.0;
/// With more outliers than this share of steps the series is simply wild, and left as it is.
const OUTLIER_SHARE_MAX: f64 = 0.05;
/// A level shift changes the level by at least this share,
const SHIFT_SHARE_MIN: f64 = 0.4;
/// and is so many robust standard deviations high.
const SHIFT_SIGMAS: f64 = 6.0;
/// Half the width of the running median, steps.
const NEIGHBOURS: usize = 3;
/// A standard deviation over the median absolute deviation of normal errors.
const SIGMA_OVER_MAD: f64 = 1.482_6;

/// A series as models see it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Treated {
    /// What models are fitted to: open steps only.
    pub(super) fit: Vec<f64>,
    /// What they are tried on: outliers as they were.
    pub(super) actual: Vec<f64>,
    /// Steps of the season among open steps.
    pub(super) season: usize,
    /// What was done, for people.
    pub(super) found: Vec<Found>,
    /// For each weekday from that of the first step on, whether it is closed; empty if none is.
    closed: Vec<bool>,
    steps: usize,
}

/// Something that was found and treated; steps are counted from 0 at the start of the history.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// Weekdays (steps after the first one's) without a sale lately.
    ClosedWeekdays(Vec<usize>),
    /// Steps of nothing in a series that otherwise always sells.
    Outage(Vec<usize>),
    /// Steps far from their neighbours.
    Outliers(Vec<usize>),
    /// From this step on everything is this many times as large.
    Shift(usize, f64),
}

impl Treated {
    /// Treats a series, unless it is to be left as it is.
    pub(super) fn of(values: &[f64], request: &Request<'_>, season: usize, wanted: bool) -> Self {
        if wanted {
            Self::treat(values, request.grain, season)
        } else {
            Self {
                fit: values.to_vec(),
                actual: values.to_vec(),
                season,
                found: Vec::new(),
                closed: Vec::new(),
                steps: values.len(),
            }
        }
    }

    /// Only the open steps of a series.
    fn treat(values: &[f64], grain: Grain, season: usize) -> Self {
        let mut found = Vec::new();
        let closed = if grain == Grain::Day && season == 7 {
            closed_weekdays(values)
        } else {
            Vec::new()
        };
        let shut: Vec<usize> = (0..closed.len())
            .filter(|d| closed.get(*d) == Some(&true))
            .collect();
        let season = if shut.is_empty() {
            season
        } else {
            season - shut.len()
        };
        if !shut.is_empty() {
            found.push(Found::ClosedWeekdays(shut));
        }
        let is_open = |t: &usize| closed.get(t % 7) != Some(&true);
        let places: Vec<usize> = (0..values.len()).filter(is_open).collect();
        let actual: Vec<f64> = places
            .iter()
            .filter_map(|t| values.get(*t).copied())
            .collect();
        Self {
            fit: actual.clone(),
            actual,
            season,
            found,
            closed,
            steps: values.len(),
        }
    }

    /// Treats outages, a level shift and outliers among the open steps.
    pub(super) fn clean(&mut self) {
        let places: Vec<usize> = self.open_places(0).collect();
        let calendar = |at: &[usize]| -> Vec<usize> {
            at.iter().filter_map(|i| places.get(*i).copied()).collect()
        };
        let out = outage(&self.actual);
        if !out.is_empty() {
            fill(&mut self.actual, &out, self.season);
            fill(&mut self.fit, &out, self.season);
            self.found.push(Found::Outage(calendar(&out)));
        }
        if let Some((at, ratio)) = shift(&self.fit, self.season) {
            for value in self.fit.iter_mut().take(at) {
                *value *= ratio;
            }
            let at = places.get(at).copied().unwrap_or(at);
            self.found.push(Found::Shift(at, ratio));
        }
        let outliers = draw_in(&mut self.fit, self.season);
        if !outliers.is_empty() {
            self.found.push(Found::Outliers(calendar(&outliers)));
        }
    }

    /// The open steps from the start of the history to the horizon's end, counted from 0.
    pub(super) fn open_places(&self, horizon: usize) -> impl Iterator<Item = usize> {
        (0..self.steps + horizon).filter(|t| self.closed.get(t % 7) != Some(&true))
    }

    /// How many of the next steps are open.
    pub(super) fn open_steps(&self, horizon: usize) -> usize {
        (0..horizon).filter(|h| self.is_open(*h)).count()
    }

    /// Values of open steps among zeros for the closed ones.
    pub(super) fn among_closed(&self, open: &[f64], horizon: usize) -> Vec<f64> {
        let mut open = open.iter();
        (0..horizon)
            .map(|h| {
                if self.is_open(h) {
                    open.next().copied().unwrap_or(0.0)
                } else {
                    0.0
                }
            })
            .collect()
    }

    /// A period of calendar steps, in open steps.
    pub(super) fn open_period(&self, period: f64) -> f64 {
        let shut = self.closed.iter().filter(|c| **c).count();
        period * count(7 - shut) / 7.0
    }

    fn is_open(&self, ahead: usize) -> bool {
        self.closed.get((self.steps + ahead) % 7) != Some(&true)
    }
}

/// Weekdays that have not sold anything for weeks while others did.
fn closed_weekdays(values: &[f64]) -> Vec<bool> {
    let weeks = (values.len() / 7).min(CLOSED_WEEKS);
    if weeks < CLOSED_WEEKS_MIN {
        return Vec::new();
    }
    let recent = values.len() - weeks * 7;
    let mut sales = [0_usize; 7];
    for (t, value) in values.iter().enumerate().skip(recent) {
        if let Some(n) = sales.get_mut(t % 7) {
            *n += usize::from(*value != 0.0);
        }
    }
    // A series that hardly sells at all has no closed days, only quiet ones.
    let open = sales.iter().filter(|n| **n > 0).count();
    let steady = sales.iter().filter(|n| 2 * **n > weeks).count();
    if open == 7 || steady < open || open == 0 {
        return Vec::new();
    }
    sales.iter().map(|n| *n == 0).collect()
}

/// Steps of nothing in a series that otherwise always sells; not those at the end, which may be the end of a product.
fn outage(values: &[f64]) -> Vec<usize> {
    let mut sold: Vec<f64> = values.iter().copied().filter(|v| *v != 0.0).collect();
    let zeros = values.len() - sold.len();
    if zeros == 0 || sold.len() < 8 || count(zeros) > OUTAGE_SHARE_MAX * count(values.len()) {
        return Vec::new();
    }
    sold.sort_by(f64::total_cmp);
    let at = |share: usize| {
        sold.get(sold.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    if at(5) < OUTAGE_STEADY * at(50) || at(5) <= 0.0 {
        return Vec::new();
    }
    let end = values.iter().rposition(|v| *v != 0.0).unwrap_or(0);
    (0..end).filter(|t| values.get(*t) == Some(&0.0)).collect()
}

/// Replaces steps by the mean of the nearest good ones of the same phase, or of any phase where there is none.
pub(super) fn fill(values: &mut [f64], gaps: &[usize], season: usize) {
    let known = values.to_vec();
    let good = |t: usize| {
        (!gaps.contains(&t))
            .then(|| known.get(t).copied())
            .flatten()
    };
    for gap in gaps {
        let near = |lag: usize| {
            let before = (1..=2).find_map(|k| good(gap.checked_sub(k * lag)?));
            let after = (1..=2).find_map(|k| good(gap + k * lag));
            match (before, after) {
                (Some(a), Some(b)) => Some(f64::midpoint(a, b)),
                (one, other) => one.or(other),
            }
        };
        let value = near(season.max(1)).or_else(|| (1..known.len()).find_map(near));
        if let (Some(slot), Some(value)) = (values.get_mut(*gap), value) {
            *slot = value;
        }
    }
}

/// The series without season and neighbourhood, the neighbourhood, and the robust standard deviation of what is left.
fn rest(values: &[f64], season: usize) -> Option<(Adjusted, Vec<f64>, f64)> {
    if values.len() < 4 * NEIGHBOURS {
        return None;
    }
    let adjusted = Adjusted::tested(values, season);
    let smooth = running_median(&adjusted.values, NEIGHBOURS);
    let away = adjusted
        .values
        .iter()
        .zip(&smooth)
        .map(|(v, s)| (v - s).abs());
    let sigma = SIGMA_OVER_MAD * median(away.collect());
    (sigma > 0.0).then_some((adjusted, smooth, sigma))
}

fn draw_in(values: &mut [f64], season: usize) -> Vec<usize> {
    let Some((adjusted, smooth, sigma)) = rest(values, season) else {
        return Vec::new();
    };
    let away = |t: usize| Some(adjusted.values.get(t)? - smooth.get(t)?);
    // What happens again a season earlier or later, give or take a step, is no accident.
    let again = |t: usize, size: f64| {
        let years = [t.checked_sub(season), t.checked_add(season)];
        // The neighbours of a step are no seasons of its own.
        season > 2
            && years.into_iter().flatten().any(|y| {
                let near = y.saturating_sub(1)..=y + 1;
                near.filter_map(&away).any(|other| other / size > 0.5)
            })
    };
    // The steps at the ends have neighbours on one side only, where a trend looks like an outlier: more is asked there.
    let inner = NEIGHBOURS..values.len().saturating_sub(NEIGHBOURS);
    let far = |t: &usize| {
        let level = smooth.get(*t).copied().unwrap_or_default().abs();
        let share = if inner.contains(t) {
            OUTLIER_SHARE_MIN
        } else {
            OUTLIER_SHARE_AT_ENDS
        };
        let least = (OUTLIER_SIGMAS * sigma).max(share * level);
        away(*t).is_some_and(|a| a.abs() > least && !again(*t, a))
    };
    let outliers: Vec<usize> = (0..values.len()).filter(far).collect();
    if count(outliers.len()) > OUTLIER_SHARE_MAX * count(values.len()) {
        return Vec::new();
    }
    for t in &outliers {
        let (Some(away), Some(value)) = (away(*t), values.get_mut(*t)) else {
            continue;
        };
        // In the units of this step: its season scales what is drawn in.
        let scale = adjusted
            .values
            .get(*t)
            .map_or(1.0, |a| if *a == 0.0 { 1.0 } else { *value / a });
        let kept = away.signum() * DRAWN_IN_SIGMAS * sigma;
        *value -= (away - kept) * scale.abs();
    }
    outliers
}

/// The step from which on the level is lastingly another, and the ratio of the levels; the clearest one only.
fn shift(values: &[f64], season: usize) -> Option<(usize, f64)> {
    let width = season.max(8);
    if values.len() < 3 * width || values.iter().any(|v| *v <= 0.0) {
        return None;
    }
    let (adjusted, _, sigma) = rest(values, season)?;
    let level = |from: usize, to: usize| Some(median(adjusted.values.get(from..to)?.to_vec()));
    let mut best: Option<(f64, usize, f64)> = None;
    for at in width..=values.len() - width {
        let (before, after) = (level(at - width, at)?, level(at, at + width)?);
        let jump = (after - before).abs();
        // A shift happens at once: the nearest steps on both sides differ as much as the levels do.
        let near = (level(at, at + 3)? - level(at - 3, at)?).abs();
        let sudden = near > 0.8 * jump;
        let large =
            jump > SHIFT_SHARE_MIN * before.abs().max(after.abs()) && jump > SHIFT_SIGMAS * sigma;
        if sudden && large && before > 0.0 && best.is_none_or(|(most, ..)| jump > most) {
            best = Some((jump, at, after / before));
        }
    }
    let (_, near, ratio) = best?;
    // The medians of both sides do not mind a step more or less: the shift is where most of it happens.
    let change = |at: &usize| {
        let pair = adjusted.values.get(at - 1).zip(adjusted.values.get(*at));
        pair.map_or(0.0, |(a, b)| (b - a) * (ratio - 1.0).signum())
    };
    let at = (near - 2..=near + 2).max_by(|a, b| change(a).total_cmp(&change(b)));
    at.map(|at| (at, ratio))
}

pub(super) fn running_median(values: &[f64], half: usize) -> Vec<f64> {
    (0..values.len())
        .map(|t| {
            let window = values.get(t.saturating_sub(half)..(t + half + 1).min(values.len()));
            median(window.unwrap_or_default().to_vec())
        })
        .collect()
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let high = values.get(middle).copied().unwrap_or_default();
    if values.len() % 2 == 1 {
        return high;
    }
    let low = middle.checked_sub(1).and_then(|m| values.get(m)).copied();
    low.map_or(high, |low| f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(values: &[f64], grain: Grain, season: usize) -> Treated {
        let mut treated = Treated::treat(values, grain, season);
        treated.clean();
        treated
    }

    #[test]
    fn a_weekday_that_sells_no_more_is_closed() {
        let values: Vec<f64> = (0..84)
            .map(|t| {
                if t % 7 == 5 {
                    0.0
                } else {
                    20.0 + f64::from(t % 3)
                }
            })
            .collect();
        let treated = cleaned(&values, Grain::Day, 7);
        assert_eq!(treated.found, [Found::ClosedWeekdays(vec![5])]);
        assert_eq!((treated.season, treated.fit.len()), (6, 72));
        assert_eq!(treated.open_steps(7), 6);
        let ahead = treated.among_closed(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 7);
        assert_eq!(ahead, [1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 6.0]);
        assert!((treated.open_period(365.25) - 313.07).abs() < 0.01);
    }

    #[test]
    fn quiet_series_and_other_grains_have_no_closed_days() {
        let quiet: Vec<f64> = (0..84).map(|t| f64::from(u8::from(t % 9 == 0))).collect();
        assert!(cleaned(&quiet, Grain::Day, 7).found.is_empty());
        let weeks: Vec<f64> = (0..84)
            .map(|t| if t % 7 == 5 { 0.0 } else { 20.0 })
            .collect();
        let found = cleaned(&weeks, Grain::Week, 52).found;
        assert!(
            !found.iter().any(|f| matches!(f, Found::ClosedWeekdays(_))),
            "{found:?}"
        );
    }

    #[test]
    fn an_outage_is_filled_but_not_the_end_of_a_product() {
        let mut values: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t % 5)).collect();
        values[20] = 0.0;
        values[21] = 0.0;
        values[59] = 0.0;
        let treated = cleaned(&values, Grain::Month, 1);
        assert_eq!(treated.found[0], Found::Outage(vec![20, 21]));
        assert!(treated.actual[20] > 99.0 && treated.actual[59] == 0.0);
        // Where nothing is often sold, a zero is a zero.
        let rare: Vec<f64> = (0..60).map(|t| f64::from(t % 3)).collect();
        assert!(cleaned(&rare, Grain::Month, 1).found.is_empty());
    }

    #[test]
    fn an_outlier_is_drawn_in_for_the_fit_alone() {
        let mut values: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t * 7 % 5)).collect();
        values[30] = 900.0;
        let treated = cleaned(&values, Grain::Month, 1);
        assert_eq!(treated.found, [Found::Outliers(vec![30])]);
        assert!(treated.fit[30] < 120.0 && (treated.actual[30] - 900.0).abs() < 1e-9);
    }

    #[test]
    fn a_level_shift_is_found_where_it_is_and_a_trend_is_none() {
        let noise = |t: i32| f64::from(t * 7 % 5);
        let values: Vec<f64> = (0..60)
            .map(|t| noise(t) + if t < 33 { 100.0 } else { 260.0 })
            .collect();
        let treated = cleaned(&values, Grain::Month, 1);
        assert!(
            matches!(treated.found[0], Found::Shift(33, ratio) if (2.4..2.7).contains(&ratio)),
            "{:?}",
            treated.found
        );
        assert!(treated.fit[0] > 240.0 && treated.actual[0] < 105.0);
        let trend: Vec<f64> = (0..60)
            .map(|t| 100.0 + 10.0 * f64::from(t) + noise(t))
            .collect();
        assert!(cleaned(&trend, Grain::Month, 1).found.is_empty());
    }
}
