//! A plain daily series, stage by stage as the engine does it: no link asks for one yet.

use std::sync::Arc;

use nearcast::compute::aggregate;
use nearcast::error::{Error, Result};
use nearcast::model::calendar::Grain;
use nearcast::model::dataset::{DatasetId, ObjectKey};
use nearcast::model::manifest::{Attached, Manifest};
use nearcast::model::names::Names;
use nearcast::model::query::Filters;
use nearcast::model::scan::Scan;
use nearcast::model::series::Series;
use nearcast::plan::{self, Planned};
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span, Usage};
use nearcast::{limits, read, resolve};

use crate::at_once;

/// What is known of a version.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    manifest: Arc<Manifest>,
    attached: Attached,
    names: Names,
}

/// A series, and what was read for it.
#[derive(Debug)]
pub(crate) struct Summed {
    pub(crate) series: Series,
    pub(crate) usage: Usage,
    pub(crate) grain: String,
    pub(crate) values: u64,
}

/// Sums a measure by day. `known` is what an earlier question read, and then what this one knows.
pub(crate) fn daily(
    dataset: &DatasetId,
    measure: &str,
    filters: &Filters,
    store: &impl RangeRead,
    known: &mut Option<Known>,
) -> Result<Summed> {
    let mut usage = Usage::default();
    let mut version = match known.take() {
        Some(version) => version,
        // A filter's names are attached to the pointer; without one its beginning suffices.
        None => open(dataset, !filters.exact.is_empty(), store, &mut usage)?,
    };
    let manifest = Arc::clone(&version.manifest);
    for name in resolve::dimensions_needed(filters, &manifest)? {
        let dimension = manifest.dimension(&name)?;
        if version.names.has(dimension) {
            continue;
        }
        let plan = plan::plan_names(&name, &manifest)?;
        let part = plan.parts.first();
        let part = part.ok_or_else(|| Error::internal("names without a plan"))?;
        let table = if let Some(file) = version.attached.files.get(&part.file) {
            read::parquet::decode_file(part, file)?
        } else {
            let chunks = round(&plan.specs(&manifest)?, store, &mut usage)?;
            let tables = read::parquet::decode(&plan, &chunks)?;
            let table = tables.into_iter().next();
            table.ok_or_else(|| Error::internal("names without a table"))?
        };
        version.names.insert(dimension, table.names()?)?;
    }
    let scan = Scan {
        measures: vec![manifest.measure(Some(measure))?.name.clone()],
        by: None,
        also: None,
        grain: Some(Grain::Day),
        period: manifest.days,
        only: resolve::resolve(filters, &manifest, &version.names)?.only,
    };
    let planned = match plan::plan(&scan, &manifest, &version.attached)? {
        Planned::NeedsMap => {
            version.attached = open(dataset, true, store, &mut usage)?.attached;
            plan::plan(&scan, &manifest, &version.attached)?
        }
        ready @ Planned::Ready(_) => ready,
    };
    let Planned::Ready(plan) = planned else {
        return Err(Error::internal("the map was read and is not there"));
    };
    let chunks = round(&plan.specs(&manifest)?, store, &mut usage)?;
    let tables = read::parquet::decode(&plan, &chunks)?;
    let series = aggregate::by_step(&scan, &plan, &tables, Grain::Day)?;
    let series = series.into_iter().next();
    *known = Some(version);
    Ok(Summed {
        series: series.ok_or_else(|| Error::internal("no measure was summed"))?,
        usage,
        values: plan.values(),
        grain: plan.grain,
    })
}

fn open(
    dataset: &DatasetId,
    whole: bool,
    store: &impl RangeRead,
    usage: &mut Usage,
) -> Result<Known> {
    let span = if whole {
        Span::Whole {
            max_bytes: limits::POINTER_BYTES_MAX,
        }
    } else {
        Span::Prefix {
            bytes: limits::MANIFEST_PREFIX_BYTES,
        }
    };
    let spec = ReadSpec {
        key: ObjectKey::pointer(dataset),
        span,
        if_match: None,
    };
    let chunks = round(&[spec], store, usage)?;
    let bytes = chunks.first().map(|c| c.bytes.clone()).unwrap_or_default();
    if !whole && !read::manifest::has_head(&bytes) {
        return open(dataset, true, store, usage);
    }
    let manifest = read::manifest::pointer(&bytes, dataset)?.manifest;
    Ok(Known {
        attached: Attached::new(read::manifest::attachments(&bytes, &manifest)?),
        manifest: Arc::new(manifest),
        names: Names::default(),
    })
}

fn round(specs: &[ReadSpec], store: &impl RangeRead, usage: &mut Usage) -> Result<Vec<Chunk>> {
    let chunks = at_once(store.read_ranges(specs))??;
    usage.rounds += 1;
    usage.ranges += specs.len();
    usage.bytes += chunks.iter().map(|c| c.bytes.len() as u64).sum::<u64>();
    Ok(chunks)
}
