//! Decomposition by repeated local regression (MSTL), the deseasonalised series continued by ETS.
//!
//! Source: Bandara, Hyndman & Bergmeir, MSTL (2021), arXiv:2107.13462; Cleveland et al., STL (1990).
//!
//! augurs' own model does the decomposition in f32 (seven digits: cents of a million are lost). The same code that it
//! re-exports runs in f64, and the trend goes through this crate's ETS with its checks.

use augurs::mstl::stlrs::MstlParams;

use super::super::fit::{Fit, Fitted};
use super::ets::Ets;

#[derive(Debug)]
pub(in crate::forecast) struct Mstl {
    pub(in crate::forecast) season: usize,
}

struct Decomposed {
    trend: Box<dyn Fitted>,
    cycle: Vec<f64>,
}

impl Fit for Mstl {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let (adjusted, cycle) = decompose(values, self.season)?;
        let trend = Ets.fit(&adjusted)?;
        Ok(Box::new(Decomposed { trend, cycle }))
    }
}

/// The series without its season, and the season's last cycle.
fn decompose(values: &[f64], season: usize) -> Result<(Vec<f64>, Vec<f64>), String> {
    let parts = MstlParams::new()
        .fit(values, &[season])
        .map_err(|e| e.to_string())?;
    let seasonal = parts.seasonal().first().ok_or("gave no season")?;
    if seasonal.len() != values.len() || seasonal.iter().any(|v| !v.is_finite()) {
        return Err("gave a season of the wrong shape".into());
    }
    let adjusted = values.iter().zip(seasonal).map(|(v, s)| v - s).collect();
    let from = seasonal.len().saturating_sub(season);
    let cycle = seasonal.get(from..).unwrap_or_default().to_vec();
    Ok((adjusted, cycle))
}

impl Fitted for Decomposed {
    fn name(&self) -> String {
        "mstl".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let (adjusted, cycle) = decompose(values, self.cycle.len())?;
        let trend = self.trend.refit(&adjusted)?;
        Ok(Box::new(Self { trend, cycle }))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let trend = self.trend.predict(steps);
        trend
            .iter()
            .zip(self.cycle.iter().cycle())
            .map(|(t, s)| t + s)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn season_and_trend_continue_in_phase() {
        let shape = [0.0, 5.0, -2.0, 9.0];
        let values: Vec<f64> = (0..42_u32)
            .zip(shape.iter().cycle())
            .map(|(t, s)| 3.0 * f64::from(t) + s)
            .collect();
        let fitted = Mstl { season: 4 }.fit(&values).unwrap();
        for (t, (got, s)) in
            (42_u32..).zip(fitted.predict(8).iter().zip(shape.iter().cycle().skip(2)))
        {
            let expected = 3.0 * f64::from(t) + s;
            assert!((got - expected).abs() < 0.5, "{t}: {got} {expected}");
        }
    }

    #[test]
    fn less_than_two_seasons_is_refused() {
        assert!(Mstl { season: 12 }.fit(&[1.0; 20]).is_err());
    }
}
