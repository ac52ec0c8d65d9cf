//! Made-up sales: a trend, a season, noise; days with a week and a year, one of them closed on Sundays.

use nearcast::model::calendar::{Day, Grain};
use nearcast_ask::History;

use crate::Result;

/// Series of each grain.
const EACH: u64 = 3;

/// A grain's first day, horizon and generator.
type Kind = (Grain, &'static str, usize, fn(u64) -> Vec<f64>);

/// Noise about as wide as a normal variable, from a generator of its own.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> f64 {
        (0..6).map(|_| self.uniform()).sum::<f64>() * 1.414
    }

    /// Between -1/2 and 1/2.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let high = u32::try_from(self.0 >> 32).unwrap_or(u32::MAX);
        f64::from(high) / f64::from(u32::MAX) - 0.5
    }
}

pub(super) fn wave(t: f64, period: f64) -> f64 {
    libm::sin(std::f64::consts::TAU * t / period)
}

/// Ten years of months.
pub(super) fn monthly(seed: u64) -> Vec<f64> {
    let mut noise = Noise::new(seed + 1);
    let depth = 0.15 + 0.1 * noise.uniform();
    let growth = 0.008 * (0.5 + noise.uniform());
    let steps = (0..120_u32).map(|t| {
        let peak = if t % 12 == 11 { 0.5 } else { 0.0 };
        let season = 1.0 + depth * wave(f64::from(t), 12.0) + peak;
        4_000.0 * (1.0 + growth * f64::from(t)) * season * (1.0 + 0.05 * noise.next())
    });
    steps.map(|v| v.max(0.0).round()).collect()
}

/// Three years of weeks.
fn weekly(seed: u64) -> Vec<f64> {
    let mut noise = Noise::new(seed + 101);
    let depth = 0.2 + 0.1 * noise.uniform();
    let steps = (0..156_u32).map(|t| {
        let peak = if (48..52).contains(&(t % 52)) {
            0.4
        } else {
            0.0
        };
        let season = 1.0 + depth * wave(f64::from(t), 365.25 / 7.0) + peak;
        900.0 * (1.0 + 0.002 * f64::from(t)) * season * (1.0 + 0.08 * noise.next())
    });
    steps.map(|v| v.max(0.0).round()).collect()
}

/// Three years of days.
fn daily(seed: u64) -> Vec<f64> {
    const WEEK: [f64; 7] = [0.9, 0.8, 0.85, 1.0, 1.3, 1.6, 0.7];
    let mut noise = Noise::new(seed + 201);
    let depth = 0.2 + 0.1 * noise.uniform();
    let steps = (0..1_096_u32).zip(WEEK.into_iter().cycle()).enumerate();
    let steps = steps.map(|(at, (t, weekday))| {
        let open = if seed == 2 && at % 7 == 6 { 0.0 } else { 1.0 };
        let season = 1.0 + depth * wave(f64::from(t), 365.25);
        150.0
            * (1.0 + 0.000_3 * f64::from(t))
            * season
            * weekday
            * open
            * (1.0 + 0.12 * noise.next())
    });
    steps.map(|v| v.max(0.0).round()).collect()
}

/// All of them.
///
/// # Errors
/// None: the dates are dates.
pub(super) fn all() -> Result<Vec<History>> {
    let kinds: [Kind; 3] = [
        (Grain::Month, "2015-01-01", 12, monthly),
        (Grain::Week, "2021-01-04", 13, weekly),
        // A Monday: the last weekday of each seven is a Sunday.
        (Grain::Day, "2021-01-04", 28, daily),
    ];
    let mut all = Vec::new();
    for (grain, start, horizon_steps, make) in kinds {
        Day::parse(start)?;
        all.extend((0..EACH).map(|seed| History {
            name: format!("{grain} {}", seed + 1),
            grain: grain.to_string(),
            start: start.into(),
            season_steps: grain.season_steps(),
            horizon_steps,
            values: make(seed),
            parts: Vec::new(),
        }));
    }
    Ok(all)
}
