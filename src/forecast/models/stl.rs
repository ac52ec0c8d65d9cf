//! Decomposition by repeated local regression (STL), what is left continued by a model without a season: with
//! exponential smoothing it is MSTL with an ETS trend.
//!
//! Source: Cleveland, Cleveland, `McRae` & Terpenning, STL, Journal of Official Statistics 6 (1990); Bandara, Hyndman &
//! Bergmeir, MSTL (2021), arXiv:2107.13462.
//!
//! augurs' own MSTL decomposes in f32 (seven digits: cents of a million are lost). The same code that it re-exports
//! runs in f64.

use augurs::mstl::stlrs::MstlParams;

use super::super::fit::{Fit, Fitted};
use super::super::season;

/// Seasons up to this length are tested for before they are taken out; two cycles of a longer one are too few to test.
const TESTED_SEASON_STEPS_MAX: usize = 24;
/// So many seasons a history has at least, to be tested.
const TESTED_SEASONS_MIN: usize = 4;

/// What continues the series without its season.
pub(in crate::forecast) type Inner = fn() -> Box<dyn Fit>;

#[derive(Debug, Clone, Copy)]
pub(in crate::forecast) struct Stl {
    pub(in crate::forecast) name: &'static str,
    pub(in crate::forecast) season: usize,
    /// Take logarithms first, if every value is positive: a season in percent rather than in units.
    pub(in crate::forecast) logarithms: bool,
    pub(in crate::forecast) inner: Inner,
}

struct Decomposed {
    model: Stl,
    logarithms: bool,
    rest: Box<dyn Fitted>,
    /// The season's last cycle; empty where there was none to take out.
    cycle: Vec<f64>,
}

impl Stl {
    /// The series without its season, and the season's last cycle.
    fn decompose(&self, values: &[f64], logarithms: bool) -> Result<(Vec<f64>, Vec<f64>), String> {
        let season = self.season;
        if season < 2 || values.len() < season * 2 {
            return Err(format!("needs two whole seasons of {season} values"));
        }
        // With fewer the test hardly ever tells a season from chance; the backtest then judges the model as it is.
        let testable =
            season <= TESTED_SEASON_STEPS_MAX && values.len() >= season * TESTED_SEASONS_MIN;
        if testable && !season::is_seasonal(values, season) {
            return Ok((values.to_vec(), Vec::new()));
        }
        let series: Vec<f64> = if logarithms {
            values.iter().map(|v| libm::log(*v)).collect()
        } else {
            values.to_vec()
        };
        let parts = MstlParams::new()
            .fit(&series, &[season])
            .map_err(|e| e.to_string())?;
        let seasonal = parts.seasonal().first().ok_or("gave no season")?;
        if seasonal.len() != values.len() || seasonal.iter().any(|v| !v.is_finite()) {
            return Err("gave a season of the wrong shape".into());
        }
        let without = series.iter().zip(seasonal).map(|(v, s)| v - s);
        let adjusted = without
            .map(|v| if logarithms { libm::exp(v) } else { v })
            .collect();
        let cycle = seasonal.get(seasonal.len() - season..).unwrap_or_default();
        Ok((adjusted, cycle.to_vec()))
    }

    fn logarithms_of(&self, values: &[f64]) -> bool {
        self.logarithms && values.iter().all(|v| *v > 0.0)
    }
}

impl Fit for Stl {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let logarithms = self.logarithms_of(values);
        let (adjusted, cycle) = self.decompose(values, logarithms)?;
        Ok(Box::new(Decomposed {
            model: *self,
            logarithms,
            rest: (self.inner)().fit(&adjusted)?,
            cycle,
        }))
    }
}

impl Fitted for Decomposed {
    fn name(&self) -> String {
        self.model.name.into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let logarithms = self.model.logarithms_of(values);
        let (adjusted, cycle) = self.model.decompose(values, logarithms)?;
        Ok(Box::new(Self {
            model: self.model,
            logarithms,
            rest: self.rest.refit(&adjusted)?,
            cycle,
        }))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let mut point = self.rest.predict(steps);
        for (p, s) in point.iter_mut().zip(self.cycle.iter().cycle()) {
            if self.logarithms {
                *p *= libm::exp(*s);
            } else {
                *p += s;
            }
        }
        point
    }
}

#[cfg(test)]
mod tests {
    use super::super::smoothing::Smoothing;
    use super::*;

    fn mstl(season: usize, logarithms: bool) -> Stl {
        Stl {
            name: "mstl",
            season,
            logarithms,
            inner: || Box::new(Smoothing { season: 1 }),
        }
    }

    #[test]
    fn season_and_trend_continue_in_phase() {
        let shape = [0.0, 5.0, -2.0, 9.0];
        for logarithms in [false, true] {
            let value = |t: u32| {
                let line = 3.0 * f64::from(t) + 20.0;
                let s = shape[t as usize % 4];
                if logarithms {
                    line * (1.0 + s / 20.0)
                } else {
                    line + s
                }
            };
            let values: Vec<f64> = (0..42).map(value).collect();
            let fitted = mstl(4, logarithms).fit(&values).unwrap();
            for (t, got) in (42..).zip(fitted.predict(8)) {
                assert!((got - value(t)).abs() < 3.0, "{t}: {got} {}", value(t));
            }
        }
    }

    #[test]
    fn less_than_two_seasons_is_refused() {
        assert!(mstl(12, false).fit(&[1.0; 20]).is_err());
    }

    #[test]
    fn a_season_that_is_not_there_is_left_alone() {
        let noise: Vec<f64> = (0..48_u32)
            .map(|t| f64::from(7 + (t * 7919) % 101))
            .collect();
        assert_eq!(
            mstl(12, true).decompose(&noise, true).unwrap(),
            (noise.clone(), Vec::new())
        );
    }
}
