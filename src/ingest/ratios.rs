//! Measures that are one measure divided by another.

use super::config::DerivedConfig;
use super::mapping::MeasurePlan;
use super::vocabulary;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::MeasureKind;
use crate::model::manifest::Derived;

/// What `dataset.toml` says of ratios; if it says nothing of measures at all, the average price where there are units and
/// revenue (`detected` says that it says nothing).
///
/// # Errors
/// `Invalid` for a name that is taken, and for a measure that is not there.
pub fn ratios(
    told: &[DerivedConfig],
    detected: bool,
    measures: &[MeasurePlan],
    dimensions: &[String],
) -> Result<Vec<Derived>> {
    let find = |name: &str| measures.iter().find(|m| m.name == name);
    if told.is_empty() {
        let offered = DerivedConfig {
            name: "average_price".into(),
            numerator: "revenue".into(),
            denominator: "units".into(),
            synonyms: vec!["price".into(), "unit price".into()],
            ..DerivedConfig::default()
        };
        let both = find("revenue").is_some() && find("units").is_some();
        let free = find(&offered.name).is_none() && !dimensions.contains(&offered.name);
        if !(detected && both && free) {
            return Ok(Vec::new());
        }
        return Ok(vec![ratio(&offered, measures)?]);
    }
    for (i, one) in told.iter().enumerate() {
        let twice = told.iter().skip(i + 1).any(|d| d.name == one.name);
        if twice || find(&one.name).is_some() || dimensions.contains(&one.name) {
            return Err(Error::invalid(format!(
                "dataset.toml: [[derived]] {:?} is the name of something else too: rename one",
                one.name
            )));
        }
    }
    told.iter().map(|one| ratio(one, measures)).collect()
}

fn ratio(told: &DerivedConfig, measures: &[MeasurePlan]) -> Result<Derived> {
    let find = |name: &str| {
        measures.iter().find(|m| m.name == name).ok_or_else(|| {
            Error::invalid(format!(
                "dataset.toml: [[derived]] {:?} needs the measure {name:?}, which is not there",
                told.name
            ))
            .with_suggestions(measures.iter().map(|m| m.name.clone()).collect())
        })
    };
    let (above, below) = (find(&told.numerator)?, find(&told.denominator)?);
    let money = above.kind == MeasureKind::Money && below.kind == MeasureKind::Quantity;
    let same = above.unit == below.unit;
    let unit = match (&told.unit, money, same) {
        (Some(unit), ..) => unit.clone(),
        (None, true, _) => above.unit.clone(),
        (None, false, true) => "ratio".into(),
        (None, false, false) => format!("{} per {}", above.unit, below.unit),
    };
    let scale = match told.scale {
        Some(scale) => scale,
        None if money => vocabulary::exponent(&above.unit).max(2),
        None => limits::RATIO_SCALE,
    };
    Ok(Derived {
        name: told.name.clone(),
        label: told
            .label
            .clone()
            .unwrap_or_else(|| vocabulary::label_of(&told.name)),
        synonyms: told.synonyms.clone(),
        kind: if money {
            MeasureKind::Money
        } else {
            MeasureKind::Quantity
        },
        unit,
        scale,
        numerator: told.numerator.clone(),
        denominator: told.denominator.clone(),
    })
}
