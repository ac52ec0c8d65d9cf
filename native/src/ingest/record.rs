//! The forecasts that are kept with a version: what is said today, to be held against what comes.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use nearcast::engine::record;
use nearcast::error::{Error, Result};
use nearcast::ingest::{Built, Content};
use nearcast::model::record::Prediction;
use nearcast::model::{ObjectKey, Pointer};

use super::{IngestOptions, upstream};
use crate::publish::Publisher;

/// The default forecasts of a version whose files are staged in a folder, or in memory.
///
/// # Errors
/// `Upstream` if a staged file cannot be read.
pub(crate) fn forecasts(
    options: &IngestOptions,
    built: &Built,
    staging: &Path,
) -> Result<Vec<Prediction>> {
    if options.no_forecasts {
        return Ok(Vec::new());
    }
    record::forecasts(built, &mut |name, range| {
        let file = built.files.iter().find(|file| file.name == name);
        match file.map(|file| &file.content) {
            Some(Content::Memory(bytes)) => slice(bytes, name, &range),
            Some(Content::Staged) => read(&staging.join(name), &range),
            None => Err(Error::internal(format!("{name} was not built"))),
        }
    })
}

/// Adds to a version its record: these forecasts and the record of the version that it follows.
///
/// # Errors
/// `Corrupt` if that record is damaged, `Upstream` if it cannot be read.
pub(crate) fn add(
    publisher: &Publisher<'_>,
    built: Built,
    own: &[Prediction],
    before: Option<&Pointer>,
) -> Result<Built> {
    if built.is_current {
        return Ok(built);
    }
    let current = before.map(|pointer| &pointer.manifest);
    record::recorded(built, own, current, &mut |name, range| {
        let current = current.ok_or_else(|| Error::internal("a record of no version"))?;
        let key = ObjectKey::file(publisher.dataset(), &current.version, name)?;
        publisher.bucket().get_range(key.as_str(), range)
    })
}

fn slice(bytes: &Bytes, name: &str, range: &Range<u64>) -> Result<Bytes> {
    let short = || Error::corrupt(format!("{name} is shorter than its manifest says"));
    let at = |at: u64| usize::try_from(at).ok().filter(|at| *at <= bytes.len());
    let (from, to) = (at(range.start), at(range.end));
    match (from, to) {
        (Some(from), Some(to)) if from <= to => Ok(bytes.slice(from..to)),
        _ => Err(short()),
    }
}

fn read(path: &Path, range: &Range<u64>) -> Result<Bytes> {
    let failed = |e| upstream("reading", path, e);
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
    let wanted = range.end.saturating_sub(range.start);
    let mut bytes = Vec::new();
    file.take(wanted).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 != wanted {
        return Err(Error::corrupt(format!(
            "{} is shorter than its manifest says",
            path.display()
        )));
    }
    Ok(bytes.into())
}
