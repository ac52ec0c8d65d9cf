//! `nearcast ingest --rollups`: from a folder of another engine to a version that is current.

use nearcast::error::{Error, Result};
use nearcast::ingest::{self, Builder};

use super::add::{add, mapping};
use crate::ingest::documents::Documents;
use crate::ingest::{
    IngestOptions, IngestReport, Progress, StagingFolder, TemporaryFiles, config, dataset_id,
    record, summary,
};
use crate::publish::{self, Published, Publisher};

/// Publishes what the query of `nearcast rollup-sql` wrote into the folder `options.sources` names, once all of it agrees.
/// `dataset.toml` is the one that the query was made of: given, the dataset's own, or in the folder.
///
/// # Errors
/// `Invalid` if the files are not those of the query, or do not agree with each other, with what differs; `Upstream` if
/// something cannot be read or written.
pub fn run(
    options: &IngestOptions,
    say: &mut dyn FnMut(&str),
    progress: &mut dyn FnMut(&Progress),
) -> Result<IngestReport> {
    let [folder] = options.sources.as_slice() else {
        return Err(Error::invalid(
            "rollups lie in one folder: name the one that the query wrote into",
        ));
    };
    if !folder.is_dir() {
        return Err(Error::invalid(format!(
            "{} is not a folder: name the one that the query wrote into",
            folder.display()
        )));
    }
    let mut options = options.clone();
    let documents = Documents::of(&options.documents)?;
    let dataset = dataset_id(&options)?;
    let bucket = publish::open(&options.out)?;
    let publisher = Publisher::new(&*bucket, &dataset);
    let beside = folder.join("dataset.toml");
    if options.config.is_none() && beside.exists() {
        options.config = Some(beside);
    }
    let (config, is_written) = config(&options, &publisher)?;
    let mapping = mapping(&config)?;
    let table = mapping.table();
    say(&format!(
        "{}: rolled up by another engine",
        folder.display()
    ));
    say(table.trim_end());

    let title = ingest::title(&dataset, &config);
    let aside = std::env::temp_dir();
    let mut staging = StagingFolder::new(&aside)?;
    let mut builder = Builder::with_scratch(
        mapping,
        &folder.display().to_string(),
        Box::new(TemporaryFiles::new(&aside)),
        options.memory_bytes,
    );
    let only_totals = add(folder, &config, &mut builder, progress)?;
    let before = publisher.current()?;
    let built = builder.finish_into(&dataset, &title, before.manifest(), &mut staging)?;
    let built = documents.add(&publisher, built, before.manifest())?;
    let publisher = Publisher::new(&*bucket, &dataset).staged_in(staging.path());
    let mut done = Published {
        manifest: built.manifest.clone(),
        is_new: !built.is_current,
    };
    if done.is_new && !options.dry_run {
        let own = record::forecasts(&options, &built, staging.path())?;
        done = publisher.publish(options.now, |before| {
            let manifest = before.map(|p| &p.manifest);
            let built = documents.add(&publisher, built.clone(), manifest)?;
            record::add(&publisher, built, &own, before)
        })?;
    }
    if !options.dry_run && !is_written {
        publisher.write_config(&config.to_toml()?)?;
    }
    let agreed = if only_totals.is_empty() {
        "every rollup agrees with the cells, cell by cell".to_owned()
    } else {
        format!(
            "every rollup agrees with the cells, cell by cell; of {}, which are large, the totals do",
            only_totals.join(", ")
        )
    };
    Ok(IngestReport {
        version: done.manifest.version.clone(),
        published: done.is_new && !options.dry_run,
        mapping: table,
        summary: format!(
            "{agreed}\n{}",
            summary::of(&done.manifest, !done.is_new, options.dry_run)
        ),
        dataset,
    })
}
