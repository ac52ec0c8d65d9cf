//! `nearcast versions ...`: what is asked on the command line, and what is said.

use std::path::PathBuf;

use nearcast::config;
use nearcast::error::{Error, Result};
use nearcast::model::{DatasetId, Timestamp};
use serde::Serialize;

use super::{PruneOptions, Verified, choose, diff, list, prune, rollback, table};
use super::{verify, verify_pointer};
use crate::cli::{DataArgs, VersionsArgs, VersionsCommand};
use crate::publish::{self, Bucket, Publisher};

/// Does it; `say` prints a result.
///
/// # Errors
/// `NotFound` for a dataset or version that is not there, `Corrupt` if something was found to be altered, and those of the
/// store.
pub fn run(args: &VersionsArgs, now: Timestamp, say: &mut dyn FnMut(&str)) -> Result<()> {
    let (data, json) = match &args.command {
        VersionsCommand::List { data, json }
        | VersionsCommand::Diff { data, json, .. }
        | VersionsCommand::Rollback { data, json, .. }
        | VersionsCommand::Prune { data, json, .. }
        | VersionsCommand::Verify { data, json, .. } => (data, *json),
    };
    let (bucket, dataset) = find(data)?;
    let publisher = Publisher::new(&*bucket, &dataset);
    match &args.command {
        VersionsCommand::List { .. } => {
            let rows = list(&publisher)?;
            show(json, &rows, || table(&rows), say)
        }
        VersionsCommand::Diff { from, to, .. } => {
            let pointer = publisher.existing()?.pointer;
            let found = diff(&publisher, &choose(&pointer, from)?, &choose(&pointer, to)?)?;
            show(json, &found, || found.text(), say)
        }
        VersionsCommand::Rollback { version, .. } => {
            let pointer = rollback(&publisher, version, now)?;
            let before = pointer.previous.first().map(|p| p.version.clone());
            let said = serde_json::json!({"version": pointer.version, "before": before});
            let text = || {
                let before = before.as_ref().map_or("", |v| v.as_str());
                format!(
                    "{} is current again; {before} stays, and `versions rollback {before}` returns to it",
                    pointer.version
                )
            };
            show(json, &said, text, say)
        }
        VersionsCommand::Prune {
            keep_days,
            keep,
            dry_run,
            ..
        } => {
            let options = PruneOptions {
                keep_days: *keep_days,
                keep: *keep,
                dry_run: *dry_run,
                now,
            };
            let pruned = prune(&publisher, &options)?;
            let text = || {
                let mut lines: Vec<String> = Vec::new();
                lines.extend(
                    pruned
                        .versions
                        .iter()
                        .map(|v| format!("{v}: past its retention")),
                );
                let left = pruned.abandoned.iter();
                lines.extend(left.map(|v| format!("{v}: never published, or forgotten")));
                let would = if *dry_run { "would be " } else { "" };
                lines.push(format!(
                    "{} objects ({} KB) {would}removed",
                    pruned.objects,
                    pruned.size_bytes.div_ceil(1024)
                ));
                lines.join("\n")
            };
            show(json, &pruned, text, say)
        }
        VersionsCommand::Verify { version, all, .. } => {
            let mut verified = Verified::default();
            verify_pointer(&publisher, &mut verified)?;
            match (publisher.existing().map(|e| e.pointer), version, *all) {
                (Ok(pointer), _, true) => {
                    verify(&publisher, &pointer.version, &mut verified)?;
                    for kept in pointer.previous.iter().filter(|p| p.pruned_at.is_none()) {
                        verify(&publisher, &kept.version, &mut verified)?;
                    }
                }
                (Ok(pointer), text, false) => {
                    let text = text.as_deref().unwrap_or("current");
                    verify(&publisher, &choose(&pointer, text)?, &mut verified)?;
                }
                // What is wrong with the pointer is among the findings.
                (Err(_), ..) if !verified.findings.is_empty() => {}
                (Err(error), ..) => return Err(error),
            }
            show(json, &verified, || verified.text(), say)?;
            match verified.findings.len() {
                0 => Ok(()),
                1 => Err(Error::corrupt("1 thing is not as it was published")),
                n => Err(Error::corrupt(format!(
                    "{n} things are not as they were published"
                ))),
            }
        }
    }
}

fn show(
    json: bool,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
    say: &mut dyn FnMut(&str),
) -> Result<()> {
    if json {
        let json = serde_json::to_string_pretty(value)
            .map_err(|e| Error::internal(format!("writing JSON: {e}")).with_source(e))?;
        say(&json);
    } else {
        say(text().trim_end());
    }
    Ok(())
}

/// The bucket and the dataset that are meant: by the command line, the environment, or because there is no other.
fn find(data: &DataArgs) -> Result<(Box<dyn Bucket>, DatasetId)> {
    let setting = |key: &str| {
        std::env::vars_os()
            .find(|(k, _)| k == key)
            .and_then(|(_, value)| value.into_string().ok())
            .filter(|value| !value.trim().is_empty())
    };
    let place = data
        .data
        .clone()
        .or_else(|| setting(config::DATA).map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("./data"));
    let bucket = publish::open(&place)?;
    if let Some(name) = data.dataset.clone().or_else(|| setting(config::DATASET)) {
        return Ok((bucket, DatasetId::new(name)?));
    }
    let datasets = bucket.datasets()?;
    match datasets.as_slice() {
        [only] => Ok((bucket, DatasetId::new(only.clone())?)),
        [] => Err(Error::not_found(format!(
            "{} holds no dataset: name the place with --data",
            bucket.place()
        ))),
        several => Err(Error::invalid(format!(
            "{} holds several datasets: name one with --dataset",
            bucket.place()
        ))
        .with_suggestions(several.to_vec())),
    }
}

impl Verified {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = self
            .findings
            .iter()
            .map(|f| format!("{} {}", f.object, f.what))
            .collect();
        lines.push(format!(
            "{} objects, {} bytes, {} column chunks, {} cells: {}",
            self.objects,
            self.size_bytes,
            self.chunks,
            self.cells,
            match self.findings.len() {
                0 => "all as they were published".to_owned(),
                n => format!("{n} findings"),
            }
        ));
        lines.join("\n")
    }
}
