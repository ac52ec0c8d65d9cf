//! The element-wise mean of other models: it halves a season or a trend of which only one of them is sure.

use super::super::count;
use super::super::fit::{Fit, Fitted, Method};

#[derive(Debug)]
pub(in crate::forecast) struct Mean {
    pub(in crate::forecast) parts: &'static [Method],
    pub(in crate::forecast) season: usize,
}

struct Parts(Vec<Box<dyn Fitted>>);

impl Fit for Mean {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let parts = self
            .parts
            .iter()
            .map(|part| part.fit(values, self.season))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(Parts(parts)))
    }
}

impl Fitted for Parts {
    fn name(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|part| part.name()).collect();
        format!("mean({})", names.join(", "))
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let parts = self.0.iter().map(|part| part.refit(values));
        Ok(Box::new(Parts(parts.collect::<Result<Vec<_>, _>>()?)))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let predictions: Vec<Vec<f64>> = self.0.iter().map(|part| part.predict(steps)).collect();
        mean_of(&predictions.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// The element-wise mean, as long as the shortest.
pub(in crate::forecast) fn mean_of(predictions: &[&[f64]]) -> Vec<f64> {
    let steps = predictions.iter().map(|p| p.len()).min().unwrap_or(0);
    (0..steps)
        .map(|h| {
            let sum: f64 = predictions.iter().filter_map(|p| p.get(h)).sum();
            sum / count(predictions.len())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_step_by_step() {
        assert_eq!(mean_of(&[&[1.0, 2.0], &[3.0, 6.0]]), [2.0, 4.0]);
        assert!(mean_of(&[]).is_empty());
    }
}
