//! (what to sum, manifest) -> the exact byte ranges. Every range is known before the first byte of data is read: the
//! manifest holds the row-group map, so no footer is fetched.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::Grain;
use crate::model::manifest::{COLUMN_DAY, DataFile, GrainMap, Manifest, RowGroup, TimeGrain};
use crate::model::scan::{ChunkPlan, ColumnPlan, GroupPlan, ReadPlan, Scan};

/// A range costs about as much as reading this many bytes more; used to choose between grains.
const RANGE_COST_BYTES: u64 = 16 << 10;

/// Chooses the cheapest grain that can answer the scan exactly.
///
/// # Errors
/// `OverBudget` if even that one has too many ranges, bytes or values; `Corrupt` if no grain fits, since the fine grain
/// always does.
pub fn plan(scan: &Scan, manifest: &Manifest) -> Result<ReadPlan> {
    let mut best: Option<(u64, ReadPlan)> = None;
    for file in &manifest.files {
        for grain in file.grains.iter().filter(|g| g.names_of.is_none()) {
            if !covers(grain, scan, manifest) {
                continue;
            }
            let plan = plan_grain(scan, file, grain)?;
            let ranges = plan.ranges();
            let cost = ranges
                .iter()
                .map(|r| r.end - r.start + RANGE_COST_BYTES)
                .sum();
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, plan));
            }
        }
    }
    let (_, plan) = best.ok_or_else(|| {
        Error::corrupt(format!(
            "version {} has no grain that can answer this question",
            manifest.version
        ))
    })?;
    check_budget(&plan)?;
    Ok(plan)
}

/// What the grain of a names plan is called, before the dimension.
pub const NAMES_LABEL: &str = "names of ";

/// Reads the names of a dimension that are not in the manifest itself.
///
/// # Errors
/// `Corrupt` if the manifest names no file for them.
pub fn plan_names(dimension: &str, manifest: &Manifest) -> Result<ReadPlan> {
    for file in &manifest.files {
        if let Some(grain) = file
            .grains
            .iter()
            .find(|g| g.names_of.as_deref() == Some(dimension))
        {
            let all: Vec<&str> = file.columns.iter().map(|c| c.name.as_str()).collect();
            let groups: Vec<&RowGroup> = grain.groups.iter().collect();
            let plan = build(
                file,
                format!("{NAMES_LABEL}{dimension}"),
                TimeGrain::None,
                &all,
                &groups,
            )?;
            check_budget(&plan)?;
            return Ok(plan);
        }
    }
    Err(Error::corrupt(format!(
        "version {} has no names for {dimension}",
        manifest.version
    )))
}

fn covers(grain: &GrainMap, scan: &Scan, manifest: &Manifest) -> bool {
    let has = |name: &String| grain.dimensions.contains(name);
    let dims = scan.by.iter().all(has) && scan.only.iter().all(|(d, _)| has(d));
    let days = manifest.days;
    // A bound at or past the data's own end cuts nothing off.
    let whole_months = (scan.period.first <= days.first
        || Grain::Month.floor(scan.period.first) == scan.period.first)
        && (scan.period.last >= days.last
            || Grain::Month.floor(scan.period.last.plus(1)) == scan.period.last.plus(1));
    let everything = scan.period.first <= days.first && scan.period.last >= days.last;
    let time = match grain.time {
        TimeGrain::Day => true,
        TimeGrain::Month => whole_months && scan.grain.is_none_or(|g| g >= Grain::Month),
        TimeGrain::None => everything && scan.grain.is_none(),
    };
    dims && time
}

fn plan_grain(scan: &Scan, file: &DataFile, grain: &GrainMap) -> Result<ReadPlan> {
    let timed = grain.time != TimeGrain::None;
    // A month's cell carries its first day, which may lie before the first day of data.
    let first = if grain.time == TimeGrain::Month {
        Grain::Month.floor(scan.period.first)
    } else {
        scan.period.first
    };
    let keys = grain
        .dimensions
        .first()
        .and_then(|d| scan.only.iter().find(|(name, _)| name == d));
    let groups: Vec<&RowGroup> = grain
        .groups
        .iter()
        .filter(|g| !timed || (g.days.1 >= first.0 && g.days.0 <= scan.period.last.0))
        .filter(|g| {
            keys.is_none_or(|(_, codes)| {
                codes
                    .iter()
                    .any(|&c| i32::try_from(c).is_ok_and(|c| g.keys.0 <= c && c <= g.keys.1))
            })
        })
        .collect();
    let mut needed: Vec<&str> = scan.only.iter().map(|(d, _)| d.as_str()).collect();
    needed.extend(scan.by.as_deref());
    if timed {
        needed.push(COLUMN_DAY);
    }
    needed.push(&scan.measure);
    let mut label = grain.dimensions.clone();
    match grain.time {
        TimeGrain::Day => label.push("day".into()),
        TimeGrain::Month => label.push("month".into()),
        TimeGrain::None => {}
    }
    build(file, label.join(" x "), grain.time, &needed, &groups)
}

fn build(
    file: &DataFile,
    grain: String,
    time: TimeGrain,
    needed: &[&str],
    groups: &[&RowGroup],
) -> Result<ReadPlan> {
    let indices: Vec<usize> = (0..file.columns.len())
        .filter(|&i| {
            file.columns
                .get(i)
                .is_some_and(|c| needed.contains(&c.name.as_str()))
        })
        .collect();
    let columns = indices
        .iter()
        .filter_map(|&i| file.columns.get(i))
        .map(|c| ColumnPlan {
            name: c.name.clone(),
            physical: c.physical,
        })
        .collect::<Vec<_>>();
    if let Some(lost) = needed
        .iter()
        .find(|n| !columns.iter().any(|c| c.name == **n))
    {
        return Err(Error::corrupt(format!(
            "{} has no column {lost:?}",
            file.name
        )));
    }
    let groups = groups
        .iter()
        .map(|group| {
            let chunks = indices
                .iter()
                .map(|&i| {
                    let before: u64 = group
                        .chunk_bytes
                        .iter()
                        .take(i)
                        .map(|&b| u64::from(b))
                        .sum();
                    Some(ChunkPlan {
                        start: group.offset + before,
                        len: u64::from(*group.chunk_bytes.get(i)?),
                        crc32: *group.chunk_crc32.get(i)?,
                    })
                })
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| {
                    Error::corrupt(format!(
                        "the row-group map of {} does not fit its columns",
                        file.name
                    ))
                })?;
            Ok(GroupPlan {
                rows: group.rows,
                chunks,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(ReadPlan {
        file: file.name.clone(),
        grain,
        time,
        columns,
        groups,
    })
}

fn check_budget(plan: &ReadPlan) -> Result<()> {
    let ranges = plan.ranges();
    let bytes: u64 = ranges.iter().map(|r| r.end - r.start).sum();
    let values: u64 = plan
        .groups
        .iter()
        .map(|g| u64::from(g.rows) * plan.columns.len() as u64)
        .sum();
    let narrow = "narrow its filters or its period";
    if ranges.len() > limits::RANGES_MAX {
        return Err(Error::over_budget(format!(
            "this question needs {} ranges of bytes, and {} are allowed: {narrow}",
            ranges.len(),
            limits::RANGES_MAX
        )));
    }
    if bytes > limits::READ_BYTES_MAX || values * 8 > limits::DECODED_BYTES_MAX {
        return Err(Error::over_budget(format!(
            "this question reads {bytes} bytes ({values} values), more than one request may: {narrow}"
        )));
    }
    Ok(())
}
