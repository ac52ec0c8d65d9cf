//! The six questions of the benchmark, from bytes to answer, and what each of them reads.

mod kept;

use std::collections::BTreeMap;

pub use kept::Kept;
use nearcast::compute::aggregate;
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::calendar::{Grain, Period};
use nearcast::model::dataset::{DatasetId, ObjectKey};
use nearcast::model::manifest::Manifest;
use nearcast::model::names::Names;
use nearcast::model::query::Filters;
use nearcast::model::scan::{ReadPlan, Scan};
use nearcast::shell::{Chunk, ReadSpec, Span};
use nearcast::{plan, read, resolve};
use serde::{Deserialize, Serialize};

/// The questions, in words.
pub const QUESTIONS: [&str; 6] = [
    "top 10 products",
    "top 10 of the largest operation",
    "the same in 90 days",
    "a product's daily revenue",
    "total daily revenue",
    "operations and date bounds",
];

/// What the questions are about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Terms {
    /// The dataset.
    pub dataset: String,
    /// The largest operation's name.
    pub operation: String,
    /// A product's id.
    pub product: String,
    /// The 90 days, `FIRST..LAST`.
    pub window: String,
    /// Rows of a ranking.
    pub rows: usize,
}

/// What an answer says and what it read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reply {
    /// Its cells: names, days, whole cents.
    pub cells: Vec<Vec<String>>,
    /// The grain that answered.
    pub grain: String,
    /// Dependent rounds of reads.
    pub rounds: u32,
    /// Ranges, all rounds together.
    pub ranges: usize,
    /// Bytes, all rounds together.
    pub bytes: usize,
    /// Values that were decoded.
    pub values: u64,
}

/// Where bytes come from.
pub type Source<'a> = &'a mut dyn FnMut(&ReadSpec) -> Result<Chunk>;

/// Reads the current version's manifest, as the first question of a cold isolate does.
///
/// # Errors
/// Those of reading.
pub fn manifest(dataset: &str, source: Source<'_>, reply: &mut Reply) -> Result<Manifest> {
    let dataset = DatasetId::new(dataset)?;
    let spec = ReadSpec {
        key: ObjectKey::pointer(&dataset),
        span: Span::Whole {
            max_bytes: limits::POINTER_BYTES_MAX,
        },
        if_match: None,
    };
    let chunks = round(&[spec], source, reply)?;
    let bytes = chunks.first().map(|c| c.bytes.clone()).unwrap_or_default();
    Ok(read::manifest::pointer(&bytes, &dataset)?.manifest)
}

/// Answers a question, by number from 1.
///
/// # Errors
/// Those of reading and of answering.
pub fn answer(
    question: usize,
    terms: &Terms,
    manifest: &Manifest,
    source: Source<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let mut ask = Ask {
        manifest,
        source,
        reply,
    };
    let operation = Filters {
        operation: Some(terms.operation.clone()),
        ..Filters::default()
    };
    match question {
        1 => ask.top(&Filters::default(), terms.rows),
        2 => ask.top(&operation, terms.rows),
        3 => {
            let period = Some(Period::parse(&terms.window)?);
            ask.top(
                &Filters {
                    period,
                    ..operation
                },
                terms.rows,
            )
        }
        4 => {
            let product = vec![terms.product.clone()];
            ask.series(&Filters {
                exact: BTreeMap::from([(PRODUCT.to_owned(), product)]),
                ..Filters::default()
            })
        }
        5 => ask.series(&Filters::default()),
        6 => ask.values(),
        _ => Err(Error::invalid("there are six questions")),
    }
}

const PRODUCT: &str = "product";
const REVENUE: &str = "revenue";

struct Ask<'a, 'b> {
    manifest: &'a Manifest,
    source: Source<'b>,
    reply: &'a mut Reply,
}

impl Ask<'_, '_> {
    fn top(&mut self, filters: &Filters, rows: usize) -> Result<()> {
        let by = self.manifest.dimension(PRODUCT)?.clone();
        let mut names = Names::default();
        let scan = self.scan(filters, Some(PRODUCT), None, &names)?;
        let data = plan::plan(&scan, self.manifest)?;
        let mut plans = vec![data];
        if !names.has(&by) {
            plans.push(plan::plan_names(PRODUCT, self.manifest)?);
        }
        let chunks = self.fetch(&plans)?;
        let [data, rest @ ..] = plans.as_slice() else {
            return Err(Error::internal("nothing was planned"));
        };
        let table = read::parquet::decode(data, chunks.first().map_or(&[], Vec::as_slice))?;
        for (plan, chunks) in rest.iter().zip(chunks.iter().skip(1)) {
            names.insert(&by, read::parquet::decode(plan, chunks)?.names()?)?;
        }
        let sums = aggregate::by_code(&scan, data, &table, PRODUCT, by.count as usize)?;
        let mut ranked: Vec<_> = sums
            .iter()
            .zip(names.of(&by)?)
            .filter_map(|(sum, value)| sum.map(|sum| (sum, value)))
            .collect();
        ranked.sort_by_key(|(sum, _)| std::cmp::Reverse(*sum));
        self.reply.cells = ranked
            .into_iter()
            .take(rows)
            .map(|(sum, value)| vec![value.id.clone(), value.name.clone(), sum.to_string()])
            .collect();
        Ok(())
    }

    fn series(&mut self, filters: &Filters) -> Result<()> {
        let mut names = Names::default();
        for dimension in resolve::dimensions_needed(filters, self.manifest)? {
            let dimension = self.manifest.dimension(&dimension)?.clone();
            if !names.has(&dimension) {
                let plan = plan::plan_names(&dimension.name, self.manifest)?;
                let chunks = self.fetch(std::slice::from_ref(&plan))?;
                let chunks = chunks.first().map_or(&[][..], Vec::as_slice);
                names.insert(&dimension, read::parquet::decode(&plan, chunks)?.names()?)?;
            }
        }
        let scan = self.scan(filters, None, Some(Grain::Day), &names)?;
        let plan = plan::plan(&scan, self.manifest)?;
        let chunks = self.fetch(std::slice::from_ref(&plan))?;
        let chunks = chunks.first().map_or(&[][..], Vec::as_slice);
        let table = read::parquet::decode(&plan, chunks)?;
        let series = aggregate::by_step(&scan, &plan, &table, Grain::Day)?;
        self.reply.cells = (0..series.values.len())
            .zip(&series.values)
            .map(|(step, value)| vec![series.day(step).to_string(), value.to_string()])
            .collect();
        Ok(())
    }

    fn values(&mut self) -> Result<()> {
        let days = self.manifest.days;
        let dimension = self.manifest.dimension(resolve::OPERATION)?;
        let names = Names::default();
        let mut cells = vec![vec![days.first.to_string(), days.last.to_string()]];
        cells.extend(names.of(dimension)?.iter().map(|v| vec![v.name.clone()]));
        self.reply.cells = cells;
        "manifest".clone_into(&mut self.reply.grain);
        Ok(())
    }

    fn scan(
        &self,
        filters: &Filters,
        by: Option<&str>,
        grain: Option<Grain>,
        names: &Names,
    ) -> Result<Scan> {
        let days = self.manifest.days;
        let period = filters.period.unwrap_or(days).intersect(days);
        Ok(Scan {
            measure: self.manifest.measure(Some(REVENUE))?.name.clone(),
            by: by.map(str::to_owned),
            grain,
            period: period.ok_or_else(|| Error::invalid("there are no data for these days"))?,
            only: resolve::resolve(filters, self.manifest, names)?.only,
        })
    }

    /// One round of reads: for each plan its chunks.
    fn fetch(&mut self, plans: &[ReadPlan]) -> Result<Vec<Vec<Chunk>>> {
        let mut specs = Vec::new();
        let mut counts = Vec::new();
        for plan in plans {
            let mine = plan.specs(self.manifest)?;
            counts.push(mine.len());
            specs.extend(mine);
            let rows: u64 = plan.groups.iter().map(|g| u64::from(g.rows)).sum();
            self.reply.values += rows * plan.columns.len() as u64;
        }
        if let Some(plan) = plans
            .iter()
            .find(|p| !p.grain.starts_with(plan::NAMES_LABEL))
        {
            self.reply.grain.clone_from(&plan.grain);
        }
        let mut chunks = round(&specs, self.source, self.reply)?.into_iter();
        Ok(counts
            .into_iter()
            .map(|count| chunks.by_ref().take(count).collect())
            .collect())
    }
}

fn round(specs: &[ReadSpec], source: Source<'_>, reply: &mut Reply) -> Result<Vec<Chunk>> {
    let chunks = specs.iter().map(source).collect::<Result<Vec<_>>>()?;
    reply.rounds += 1;
    reply.ranges += specs.len();
    reply.bytes += chunks.iter().map(|c| c.bytes.len()).sum::<usize>();
    Ok(chunks)
}
