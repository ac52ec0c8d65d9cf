//! `ingest --append`: the current version's cells are carried into a builder of new rows, so that old sources are not read
//! again. Days that are there already are compared, and only restated on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use nearcast::error::{Error, Result};
use nearcast::ingest::{Builder, Earlier, EarlierCells};
use nearcast::limits;
use nearcast::model::manifest::{
    COLUMN_DAY, COLUMN_LINES, DataFile, GrainMap, Manifest, Pointer, TimeGrain,
};
use nearcast::model::names::Names;
use nearcast::model::table::Table;
use nearcast::model::{Day, VersionId};

use crate::publish::Publisher;
use crate::versions::{Loaded, day_totals, load, scan, values, written};

/// What becomes of days that are there already with other content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Restate {
    /// Nothing is published, and a report says which days differ and by how much.
    #[default]
    Refuse,
    /// The new rows are all of those days.
    Replace,
    /// The new rows come on top of what is there.
    Add,
}

/// An append that has begun.
#[derive(Debug)]
pub struct Append<'a> {
    publisher: Publisher<'a>,
    loaded: Loaded,
    earlier: Earlier,
}

/// What an append found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The version whose cells were carried over; what is built follows this one and no other.
    pub version: VersionId,
    /// Whether the new rows change anything. If not, there is nothing to build.
    pub changes: bool,
    /// What is to be told of it, in a few lines.
    pub report: String,
}

impl<'a> Append<'a> {
    /// Begins an append to the current version, before any row is added to the builder. `None` if the dataset has no
    /// version yet: the rows are its first then.
    ///
    /// # Errors
    /// `Invalid` if the rows have other dimensions or measures, `Corrupt` if the version is damaged, `Upstream` if it
    /// cannot be read.
    pub fn begin(publisher: Publisher<'a>, builder: &mut Builder) -> Result<Option<Self>> {
        let Some(pointer) = publisher.current()?.pointer else {
            return Ok(None);
        };
        let loaded = load(&publisher, &pointer.version)?;
        let mut names = Names::default();
        for dimension in &loaded.manifest.dimensions {
            if !names.has(dimension) {
                names.insert(dimension, values(&publisher, &loaded, dimension)?)?;
            }
        }
        let earlier = builder.follow(&loaded.manifest, &names)?;
        Ok(Some(Self {
            publisher,
            loaded,
            earlier,
        }))
    }

    /// Carries the version's cells over, when all new rows were added to the builder. A day whose cells are the same
    /// already changes nothing, whatever was asked. With `anyway` the cells are carried over even if no row is new.
    ///
    /// # Errors
    /// `Invalid` with the days and differences if days would be restated and that was not asked for, or if the same rows
    /// were added before; those of [`Self::begin`].
    pub fn carry(
        mut self,
        builder: &mut Builder,
        restate: Restate,
        anyway: bool,
    ) -> Result<Carried> {
        let manifest = &self.loaded.manifest;
        let new = builder.new_day_prints();
        let scales = builder.scales().to_vec();
        let own: Vec<(String, u8)> = builder.measures().into_iter().zip(scales).collect();
        let measures: Vec<(&str, u8)> = own
            .iter()
            .map(|(name, scale)| (name.as_str(), *scale))
            .collect();
        let before = day_totals(&self.publisher, &self.loaded, &measures)?;
        let there: BTreeSet<Day> = new
            .keys()
            .copied()
            .filter(|d| before.contains_key(&d.0))
            .collect();
        let mut old = BTreeMap::new();
        if !there.is_empty() {
            cells(&self.publisher, &self.loaded, |c| {
                builder.earlier_day_prints(&self.earlier, c, &there, &mut old)
            })?;
        }
        let (same, changed): (BTreeSet<Day>, BTreeSet<Day>) = there
            .iter()
            .copied()
            .partition(|d| old.get(d) == new.get(d));
        let version = manifest.version.clone();
        let mut report = format!(
            "{} new days, {} that are there with the same content, {} with other content",
            new.len() - there.len(),
            same.len(),
            changed.len()
        );
        if new.len() == same.len() && !anyway {
            return Ok(Carried {
                version,
                changes: false,
                report,
            });
        }
        let mut mark = None;
        self.earlier.skip.clone_from(&same);
        if !changed.is_empty() {
            let after = builder.new_day_totals();
            let table = differences(&changed, &before, &after, &measures, restate);
            match restate {
                Restate::Refuse => {
                    return Err(Error::invalid(format!(
                        "{} are there already with other content, and nothing was published:\n{table}\nsay --restate replace if these rows are all of those days, or --restate add if they come on top",
                        days(changed.len())
                    )));
                }
                Restate::Replace => self.earlier.skip.extend(&changed),
                Restate::Add => {
                    let rows = builder.new_rows_mark();
                    if manifest.quality.added.contains(&rows) {
                        return Err(Error::invalid(
                            "these rows were added already, and nothing was published: adding them again would count them twice",
                        ));
                    }
                    mark = Some(rows);
                }
            }
            let _ = write!(report, "\n{table}");
        }
        let left_out = self
            .earlier
            .skip
            .iter()
            .filter_map(|d| before.get(&d.0)?.last());
        let left_out = u64::try_from(left_out.sum::<i128>()).unwrap_or(0);
        let Self {
            publisher,
            loaded,
            earlier,
        } = &self;
        cells(publisher, loaded, |c| builder.add_cells(earlier, c))?;
        builder.note_append(&changed, mark, left_out);
        Ok(Carried {
            version,
            changes: true,
            report,
        })
    }
}

impl Carried {
    /// Whether the version whose cells were carried over still is the current one.
    ///
    /// # Errors
    /// `Stale` if it is not: what was compared has changed, so the append has to be made again.
    pub fn check(&self, current: Option<&Pointer>) -> Result<()> {
        if current.is_some_and(|p| p.version == self.version) {
            return Ok(());
        }
        Err(Error::stale(
            "somebody else published while these rows were read, and nothing of this was published: append again",
        ))
    }
}

fn days(count: usize) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

/// Hands the finest cells of a version to `each`, a row group at a time, checked.
fn cells(
    publisher: &Publisher<'_>,
    loaded: &Loaded,
    mut each: impl FnMut(&EarlierCells<'_>) -> Result<()>,
) -> Result<()> {
    let manifest = &loaded.manifest;
    for (file, grain) in fine(manifest)? {
        scan(publisher, loaded, file, grain, |table| {
            with_cells(manifest, table, &mut each)
        })?;
    }
    Ok(())
}

fn with_cells(
    manifest: &Manifest,
    table: &Table,
    each: &mut impl FnMut(&EarlierCells<'_>) -> Result<()>,
) -> Result<()> {
    let stored = manifest.dimensions.iter().filter(|d| d.stored);
    let codes: Result<Vec<&[i32]>> = stored.map(|d| table.codes(&d.name)).collect();
    let sums: Result<Vec<&[i64]>> = manifest
        .measures
        .iter()
        .map(|m| table.sums(&m.name))
        .collect();
    each(&EarlierCells {
        codes: &codes?,
        days: table.codes(COLUMN_DAY)?,
        sums: &sums?,
        lines: table.sums(COLUMN_LINES)?,
    })
}

/// The files of the finest grain: it keeps every stored dimension and the day apart.
fn fine(manifest: &Manifest) -> Result<Vec<(&DataFile, &GrainMap)>> {
    let stored: BTreeSet<&str> = manifest
        .dimensions
        .iter()
        .filter(|d| d.stored)
        .map(|d| d.name.as_str())
        .collect();
    let is_fine = |grain: &GrainMap| {
        let own: BTreeSet<&str> = grain.dimensions.iter().map(String::as_str).collect();
        grain.names_of.is_none() && grain.time == TimeGrain::Day && own == stored
    };
    // A rollup may keep as much apart in a dataset of few dimensions; the cells are in a file of their own all the same.
    let found: Vec<(&DataFile, &GrainMap)> = manifest
        .files
        .iter()
        .filter(|file| file.name.starts_with("fine"))
        .flat_map(|file| file.grains.iter().map(move |grain| (file, grain)))
        .filter(|(_, grain)| is_fine(grain))
        .collect();
    if found.is_empty() {
        return Err(Error::corrupt(format!(
            "version {} has no finest cells: ingest everything without --append",
            manifest.version
        )));
    }
    Ok(found)
}

/// Before, after and difference of each measure and of the rows, for some days and altogether.
fn differences(
    changed: &BTreeSet<Day>,
    before: &BTreeMap<i32, Vec<i128>>,
    after: &BTreeMap<Day, Vec<i64>>,
    measures: &[(&str, u8)],
    restate: Restate,
) -> String {
    let columns: Vec<(&str, u8)> = measures.iter().copied().chain([("rows", 0)]).collect();
    let mut total = vec![(0_i128, 0_i128); columns.len()];
    let line = |sums: &[(i128, i128)]| {
        let parts = columns.iter().zip(sums).filter(|(_, (a, b))| a != b);
        let parts: Vec<String> = parts
            .map(|((name, scale), (a, b))| {
                let by = written(b - a, *scale);
                let sign = if by.starts_with('-') { "" } else { "+" };
                format!(
                    "{name} {} -> {} ({sign}{by})",
                    written(*a, *scale),
                    written(*b, *scale)
                )
            })
            .collect();
        if parts.is_empty() {
            "the same totals of other cells".to_owned()
        } else {
            parts.join(", ")
        }
    };
    let mut lines = Vec::new();
    for day in changed {
        let old = before.get(&day.0);
        let new = after.get(day);
        let sums: Vec<(i128, i128)> = (0..columns.len())
            .map(|at| {
                let was = old.and_then(|s| s.get(at)).copied().unwrap_or(0);
                let rows = new.and_then(|s| s.get(at)).copied().map_or(0, i128::from);
                let then = if restate == Restate::Add {
                    was + rows
                } else {
                    rows
                };
                (was, then)
            })
            .collect();
        for (total, (was, then)) in total.iter_mut().zip(&sums) {
            total.0 += was;
            total.1 += then;
        }
        if lines.len() < limits::DIFF_LISTED_MAX {
            lines.push(format!("  {day}: {}", line(&sums)));
        }
    }
    if changed.len() > lines.len() {
        lines.push(format!("  and {} more days", changed.len() - lines.len()));
    }
    lines.push(format!("  altogether: {}", line(&total)));
    lines.join("\n")
}
