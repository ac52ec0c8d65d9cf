//! What any history must be answered with: numbers in their order, or a reason. Bytes become a request; what is wrong
//! with an answer panics.

use nearcast::error::ErrorKind;
use nearcast::forecast::{Request, forecast};
use nearcast::model::calendar::{Day, Grain};
use nearcast::model::query::ModelChoice;

/// Bytes before the values.
const HEAD: usize = 6;
/// Values that are read: more take long and say little.
const VALUES_MAX: usize = 400;

/// Forecasts what the bytes say, twice, and looks at the answers.
///
/// # Panics
/// If an answer is not one.
pub fn check(data: &[u8]) {
    let Some((head, rest)) = data.split_first_chunk::<HEAD>() else {
        return;
    };
    let [grain, model, horizon, season, flags, scale] = *head;
    let values = values(rest, flags, scale);
    let grain = Grain::ALL[usize::from(grain) % Grain::ALL.len()];
    let request = Request {
        start: (flags & 1 == 1).then(|| Day::parse("2020-02-24").expect("a day")),
        season: (flags & 2 == 2).then_some(usize::from(season)),
        whole_units: flags & 4 == 4,
        levels: &[50, 80, 95],
        model: ModelChoice::ALL[usize::from(model) % ModelChoice::ALL.len()],
        ..Request::new(&values, grain, usize::from(horizon))
    };
    let answer = match forecast(&request) {
        Ok(answer) => answer,
        Err(error) => {
            let kinds = [
                ErrorKind::Invalid,
                ErrorKind::Unforecastable,
                ErrorKind::OverBudget,
            ];
            assert!(kinds.contains(&error.kind()), "{error}: {request:?}");
            assert!(!error.message().is_empty());
            return;
        }
    };
    assert!(values.iter().all(|v| v.is_finite()), "{request:?}");
    assert_eq!(answer.point.len(), request.horizon_steps, "{request:?}");
    assert_eq!(answer.bands.len(), request.levels.len(), "{request:?}");
    let mut outer: Vec<(f64, f64)> = Vec::new();
    for band in answer.bands.iter().rev() {
        let bounds: Vec<(f64, f64)> = band
            .lower
            .iter()
            .copied()
            .zip(band.upper.iter().copied())
            .collect();
        assert_eq!(
            (bounds.len(), band.lower.len()),
            (request.horizon_steps, band.upper.len())
        );
        for ((low, high), point) in bounds.iter().zip(&answer.point) {
            assert!(
                point.is_finite() && low.is_finite() && high.is_finite(),
                "{request:?}"
            );
            // Prophet's own intervals are quantiles of simulations, which its estimate may leave.
            let inside = low <= point && point <= high;
            assert!(
                inside || answer.model == "prophet",
                "{low} {point} {high}: {request:?}"
            );
            assert!(low <= high, "{low} {high}: {request:?}");
        }
        for ((low, high), (least, most)) in bounds.iter().zip(&outer) {
            assert!(least <= low && high <= most, "{request:?}");
        }
        outer = bounds;
    }
    let again = forecast(&request).expect("what was answered once");
    assert_eq!(format!("{answer:?}"), format!("{again:?}"), "{request:?}");
}

/// The values: any bits, small whole numbers, or rare ones; at any scale.
fn values(bytes: &[u8], flags: u8, scale: u8) -> Vec<f64> {
    let factor = 2.0_f64.powi(i32::from(scale) - 128);
    let values = match flags >> 4 & 3 {
        0 => {
            let words = bytes
                .chunks_exact(8)
                .filter_map(|word| word.try_into().ok());
            return words.map(f64::from_le_bytes).take(VALUES_MAX).collect();
        }
        1 => bytes.iter().map(|b| f64::from(*b)).collect::<Vec<f64>>(),
        2 => bytes.iter().map(|b| f64::from(*b) - 128.0).collect(),
        _ => bytes
            .iter()
            .map(|b| f64::from(b.saturating_sub(200)))
            .collect(),
    };
    values
        .into_iter()
        .map(|v| v * factor)
        .take(VALUES_MAX)
        .collect()
}
