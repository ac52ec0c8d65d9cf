//! What is forecast when a version is made: the question that most people ask, of everything and of each value of the
//! small dimensions, answered by the same stages that answer it later.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::analysis::Asked;
use super::{ReadData, Work, forecast};
use crate::error::{Error, ErrorKind, Result};
use crate::ingest::{Built, record_file};
use crate::limits;
use crate::model::answer::{Answer, ForecastAnswer};
use crate::model::manifest::{Attached, Manifest};
use crate::model::names::Names;
use crate::model::query::{
    Detail, Filters, ForecastQuery, Horizon, LEVELS_DEFAULT, ModelChoice, Query, Question, Version,
};
use crate::model::record::{Prediction, RECORDED_GRAINS, Recorded, carried, predictions};
use crate::model::scan::ReadPlan;
use crate::model::{Dimension, Grain};
use crate::plan::{self, Planned};
use crate::present::number;
use crate::read;
use crate::resolve;
use crate::shell::Chunk;

/// Bytes of a file of a version, by its name.
pub type Fetch<'a> = dyn FnMut(&str, Range<u64>) -> Result<Bytes> + 'a;

/// The default forecasts of the main slices of a version that was built: the default measure by month, and by week where
/// the data are that fine; of everything, and of each value of the dimensions with at most
/// [`limits::RECORDED_VALUES_MAX`] values, as long as there are at most [`limits::RECORDED_SLICES_MAX`] slices. Slices that
/// cannot be forecast are left out.
///
/// # Errors
/// Those of `fetch`, and `Corrupt` if what it brings is not what was built.
pub fn forecasts(built: &Built, fetch: &mut Fetch<'_>) -> Result<Vec<Prediction>> {
    let manifest = Arc::new(built.manifest.clone());
    let mut work = Work {
        attached: Attached::new(built.attachments.clone()),
        names: Names::default(),
        library: None,
        manifest: Arc::clone(&manifest),
    };
    let mut found = Vec::new();
    for filters in slices(&manifest) {
        for grain in RECORDED_GRAINS {
            if grain < manifest.grain {
                continue;
            }
            match forecast_of(&mut work, filters.clone(), grain, fetch) {
                Ok(rows) => found.extend(rows),
                Err(e) => match e.kind() {
                    ErrorKind::Invalid
                    | ErrorKind::NotFound
                    | ErrorKind::Unforecastable
                    | ErrorKind::OverBudget => {}
                    _ => return Err(e),
                },
            }
        }
    }
    Ok(found)
}

/// Everything, then each value of the dimensions that have few.
fn slices(manifest: &Manifest) -> Vec<Filters> {
    let mut slices = vec![Filters::default()];
    for dimension in &manifest.dimensions {
        let few = dimension.count <= limits::RECORDED_VALUES_MAX
            && slices.len() + dimension.values.len() <= limits::RECORDED_SLICES_MAX;
        if !few {
            continue;
        }
        for value in &dimension.values {
            let mut filters = Filters::default();
            filters
                .exact
                .insert(dimension.name.clone(), vec![value.id.clone()]);
            slices.push(filters);
        }
    }
    slices
}

fn forecast_of(
    work: &mut Work,
    filters: Filters,
    grain: Grain,
    fetch: &mut Fetch<'_>,
) -> Result<Vec<Prediction>> {
    let manifest = Arc::clone(&work.manifest);
    let query = ForecastQuery {
        measure: None,
        grain,
        horizon: Horizon::DEFAULT,
        levels: LEVELS_DEFAULT.to_vec(),
        include_history: false,
        start_date: None,
        model: ModelChoice::Auto,
        by: None,
        planned: Vec::new(),
        filters,
    };
    let needed = resolve::dimensions_needed(&query.filters, &manifest)?;
    let plans = work.plan_names(needed.iter().map(String::as_str))?;
    let mut chunks = Vec::new();
    for plan in &plans {
        chunks.extend(fetched(plan, fetch)?);
    }
    work.take_names(&plans, &chunks)?;
    let ready = forecast::prepare(&query, work)?;
    let [scan] = ready.scans.as_slice() else {
        return Err(Error::internal("a forecast is made of one scan"));
    };
    let Planned::Ready(plan) = plan::plan(scan, &manifest, &work.attached)? else {
        return Err(Error::internal("a version was built without its map"));
    };
    let chunks = fetched(&plan, fetch)?;
    let tables = read::parquet::decode(&plan, &chunks)?;
    let question = Question {
        dataset: manifest.dataset.clone(),
        version: Version::Pinned(manifest.version.clone()),
        query: Query::Forecast(query.clone()),
        detail: Detail::default(),
        explain: false,
    };
    let data = ReadData {
        scan,
        plan: &plan,
        tables: &tables,
    };
    let slice = series(&query, work)?.unwrap_or_default();
    let [series] = slice.as_slice() else {
        return Ok(Vec::new());
    };
    let asked = Asked {
        question: &question,
        work,
        selection: &ready.selection,
        said: None,
        earlier: None,
        reads: vec![data],
        record: &[],
        texts: None,
    };
    let answered = forecast::answer(&query, &asked)?;
    match answered.answer {
        Answer::Forecast(answer) => Ok(taken_down(&answer, series, &manifest)),
        _ => Err(Error::internal("a forecast was answered by something else")),
    }
}

fn fetched(plan: &ReadPlan, fetch: &mut Fetch<'_>) -> Result<Vec<Chunk>> {
    let ranges = plan.ranges().into_iter();
    let chunk = |range: crate::model::scan::FileRange| {
        let bytes = fetch(&range.file, range.range)?;
        Ok(Chunk { bytes, etag: None })
    };
    ranges.map(chunk).collect()
}

/// The series that a question is about, as the record knows them: of everything, or of some values of one dimension, which
/// add up. None for any other choice of rows.
pub(super) fn series(query: &ForecastQuery, work: &Work) -> Result<Option<Vec<Recorded>>> {
    let manifest = &work.manifest;
    let series = |dimension: &str, value: &str| -> Result<Recorded> {
        Ok(Recorded {
            measure: manifest.measure(query.measure.as_deref())?.name.clone(),
            grain: query.grain,
            dimension: dimension.to_owned(),
            value: value.to_owned(),
        })
    };
    let filters = &query.filters;
    if filters.operation.is_none() && filters.exact.is_empty() {
        return Ok(Some(vec![series("", "")?]));
    }
    if filters.exact.len() + usize::from(filters.operation.is_some()) > 1 {
        return Ok(None);
    }
    let selection = resolve::resolve(filters, manifest, &work.names)?;
    let Some(dimension) = selection.resolved.first().map(|r| &r.dimension) else {
        return Ok(None);
    };
    let dimension: &Dimension = manifest.dimension(dimension)?;
    if dimension.count > limits::RECORDED_VALUES_MAX {
        return Ok(None);
    }
    let names = selection.resolved.iter().flat_map(|r| &r.matched);
    let names: BTreeSet<&String> = names.collect();
    let values = work.names.of(dimension)?.iter();
    let values: Vec<_> = values.filter(|v| names.contains(&v.name)).collect();
    // Where two values share a name, which of them was meant is not known here.
    if values.len() != names.len() {
        return Ok(None);
    }
    let found = values.into_iter().map(|v| series(&dimension.name, &v.id));
    found.collect::<Result<_>>().map(Some)
}

/// A forecast as rows of the record, rounded as answers are.
fn taken_down(answer: &ForecastAnswer, series: &Recorded, manifest: &Manifest) -> Vec<Prediction> {
    let scale = manifest
        .measure(Some(&series.measure))
        .map_or(0, |m| m.scale);
    let past = answer.history.values.len();
    let forecast = &answer.forecast;
    let steps = forecast.point.iter().enumerate();
    let row = |(step, point): (usize, &f64)| {
        let band = |at: usize| {
            let band = forecast.bands.get(at)?;
            Some((
                number::round(*band.lower.get(step)?, scale),
                number::round(*band.upper.get(step)?, scale),
            ))
        };
        Some(Prediction {
            series: series.clone(),
            made_at: manifest.days.last,
            version: String::new(),
            day: answer.history.day(past + step),
            scale,
            point: number::round(*point, scale),
            bands: [band(0)?, band(1)?],
            model: forecast.model.clone(),
        })
    };
    steps.filter_map(row).collect()
}

/// The record of a version that exists, in the order of its file.
///
/// # Errors
/// Those of `fetch`, and `Corrupt` if it is damaged.
pub fn record_of(manifest: &Manifest, fetch: &mut Fetch<'_>) -> Result<Vec<Prediction>> {
    let Some(plan) = plan::plan_record(manifest, None)? else {
        return Ok(Vec::new());
    };
    let chunks = fetched(&plan, fetch)?;
    let mut rows = Vec::new();
    for table in read::parquet::decode(&plan, &chunks)? {
        rows.extend(predictions(&table, None)?);
    }
    Ok(rows)
}

/// Gives a version its record: its own forecasts, and the record of the version that it follows, which is read by `fetch`.
///
/// # Errors
/// Those of [`record_of`] and [`Built::with_record`].
pub fn recorded(
    built: Built,
    own: &[Prediction],
    current: Option<&Manifest>,
    fetch: &mut Fetch<'_>,
) -> Result<Built> {
    let before = current.map_or_else(|| Ok(Vec::new()), |c| record_of(c, fetch))?;
    let parent = current.map_or("", |c| c.version.as_str());
    let (rows, dropped) = carried(before, parent, own, limits::RECORD_ROWS_MAX);
    if rows.is_empty() {
        return Ok(built);
    }
    let earlier = current.iter().flat_map(|c| &c.files);
    let earlier: u64 = earlier
        .filter_map(|f| Some(f.record.as_ref()?.dropped))
        .sum();
    built.with_record(record_file(&rows, dropped + earlier)?, current)
}
