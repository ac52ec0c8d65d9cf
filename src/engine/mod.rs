//! One question from words to answer: pointer or manifest, names, plan, data, sums. It strings the stages together; none
//! of them knows another.

mod accuracy;
mod analysis;
mod anomalies;
mod compare;
mod describe;
mod explain;
mod explanation;
mod fetch;
mod forecast;
mod job;
mod known_days;
mod library;
mod memory;
mod periods;
mod planned;
mod receipt;
pub mod record;
mod saved;
mod scenario;
mod search;
mod segments;
mod split;
mod statements;
mod sums;
mod target;
mod top;
mod trend;

use std::sync::Arc;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::{DatasetId, ObjectKey, Timestamp};
use crate::model::link;
use crate::model::manifest::{Attached, Dimension, Manifest, Pointer};
use crate::model::names::Names;
use crate::model::query::Question;
use crate::model::scan::{ReadPlan, Scan};
use crate::model::table::Table;
use crate::plan;
use crate::read;
use crate::search::Library;
use crate::shell::{Chunk, Job, ReadSpec, Span, Step};

pub use job::AnswerJob;
pub use memory::Memory;

/// What a request may take for granted.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// What is remembered of earlier requests.
    pub memory: Memory,
    /// The time of the request.
    pub now: Timestamp,
    /// How long a pointer is taken for current, seconds.
    pub pointer_max_age_s: u32,
}

impl Surroundings {
    fn pointer(&self, dataset: &DatasetId) -> Option<Arc<Pointer>> {
        self.memory
            .pointer(dataset, self.now, self.pointer_max_age_s)
    }
}

/// What was read for an answer, for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The version that answered.
    pub version: Option<String>,
    /// The grain that answered, such as `operation x month`.
    pub grain: Option<String>,
    /// Values that were decoded from Parquet: rows x columns.
    pub values: u64,
}

/// What is known of the version that answers. Cloning it is cheap.
#[derive(Debug, Clone)]
struct Work {
    manifest: Arc<Manifest>,
    attached: Attached,
    names: Names,
    /// The index of the owner's documents, as far as it was read.
    library: Option<Arc<Library>>,
}

impl Work {
    /// A version as its manifest or pointer object gives it.
    fn new(manifest: Manifest, document: &[u8]) -> Result<Self> {
        let attached = Attached::new(read::manifest::attachments(document, &manifest)?);
        Ok(Self {
            manifest: Arc::new(manifest),
            attached,
            names: Names::default(),
            library: None,
        })
    }

    /// Takes over what was known of the version before: names, and what the beginning of its manifest did not reach.
    fn recall(&mut self, known: Self) {
        self.names = known.names;
        self.library = known.library;
        self.attached.maps.extend(known.attached.maps);
        self.attached.files.extend(known.attached.files);
    }

    /// Memory that it takes, bytes, roughly.
    fn weight(&self) -> u64 {
        let files = self.attached.files.values().map(Bytes::len);
        let maps = self.attached.maps.values().map(|m| m.bytes().len());
        let documents = self.library.as_ref().map(|library| library.size_bytes());
        let maps: usize = maps.chain(files).chain(documents).sum();
        let groups = self
            .manifest
            .files
            .iter()
            .map(|f| f.columns.len() + f.grains.len());
        let own = groups.sum::<usize>() * 200;
        let inline = self.manifest.dimensions.iter().map(|d| d.values.len());
        let values = inline.sum::<usize>() + self.names.count();
        (maps + own + values * limits::REMEMBERED_NAME_BYTES) as u64
    }

    /// The plans for names that are not at hand; those in an attached file are taken from there.
    fn plan_names<'a>(
        &mut self,
        dimensions: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<ReadPlan>> {
        let manifest = Arc::clone(&self.manifest);
        let mut plans = Vec::new();
        for name in dimensions {
            let dimension = manifest.dimension(name)?;
            if self.names.has(dimension) {
                continue;
            }
            let plan = plan::plan_names(name, &manifest)?;
            let here = plan.parts.first().and_then(|part| {
                let file = self.attached.files.get(&part.file)?;
                Some((part, file))
            });
            match here {
                Some((part, file)) => {
                    let table = read::parquet::decode_file(part, file)?;
                    self.names.insert(dimension, table.names()?)?;
                }
                None => plans.push(plan),
            }
        }
        Ok(plans)
    }

    /// Takes the names that need no reading; others stay unknown.
    fn take_attached_names(&mut self) {
        let manifest = Arc::clone(&self.manifest);
        for dimension in &manifest.dimensions {
            // What cannot be had here is only left out of what is told.
            let _ = self.plan_names(std::iter::once(dimension.name.as_str()));
        }
    }

    /// Keeps the names that a round of reads brought, in the order of the plans.
    fn take_names(&mut self, plans: &[ReadPlan], chunks: &[Chunk]) -> Result<()> {
        let mut rest = chunks;
        for plan in plans {
            let count = plan.ranges().len().min(rest.len());
            let (mine, others) = rest.split_at(count);
            rest = others;
            let name = plan
                .grain
                .strip_prefix(plan::NAMES_LABEL)
                .unwrap_or(&plan.grain);
            let dimension: Dimension = self.manifest.dimension(name)?.clone();
            for table in read::parquet::decode(plan, mine)? {
                self.names.insert(&dimension, table.names()?)?;
            }
        }
        Ok(())
    }
}

/// A scan with what was read for it.
#[derive(Debug, Clone, Copy)]
struct ReadData<'a> {
    scan: &'a Scan,
    plan: &'a ReadPlan,
    tables: &'a [Table],
}

fn one(chunks: &[Chunk]) -> Result<&Chunk> {
    chunks
        .first()
        .ok_or_else(|| Error::internal("a read brought nothing"))
}

fn specs_of(plans: &[ReadPlan], manifest: &Manifest) -> Result<Vec<ReadSpec>> {
    let specs: Result<Vec<Vec<ReadSpec>>> = plans.iter().map(|p| p.specs(manifest)).collect();
    Ok(specs?.into_iter().flatten().collect())
}

/// Reads which version is current.
#[derive(Debug)]
pub struct PointerJob {
    dataset: DatasetId,
    around: Surroundings,
    /// Datasets that may be asked instead.
    others: Vec<DatasetId>,
}

impl PointerJob {
    /// A job for a dataset that may be read.
    #[must_use]
    pub const fn new(dataset: DatasetId, around: Surroundings) -> Self {
        Self {
            dataset,
            around,
            others: Vec::new(),
        }
    }

    /// Names other datasets if this one is not there; whoever asks may read them.
    #[must_use]
    pub fn or_else(mut self, others: &[DatasetId]) -> Self {
        self.others = others.to_vec();
        self
    }
}

impl Job for PointerJob {
    type Output = Arc<Pointer>;

    fn resume(&mut self, chunks: Vec<Chunk>) -> Result<Step<Arc<Pointer>>> {
        let Some(chunk) = chunks.first() else {
            return Ok(match self.around.pointer(&self.dataset) {
                Some(pointer) => Step::Done(pointer),
                None => Step::Need(vec![pointer_spec(&self.dataset)]),
            });
        };
        let pointer = Arc::new(read::manifest::pointer(&chunk.bytes, &self.dataset)?);
        self.around.memory.point(&pointer, self.around.now);
        Ok(Step::Done(pointer))
    }

    fn missing(&mut self, error: Error) -> Result<Step<Arc<Pointer>>> {
        Err(no_dataset(&self.dataset, &self.others, error))
    }
}

fn pointer_spec(dataset: &DatasetId) -> ReadSpec {
    ReadSpec {
        key: ObjectKey::pointer(dataset),
        span: Span::Whole {
            max_bytes: limits::POINTER_BYTES_MAX,
        },
        if_match: None,
    }
}

/// Says which others there may be, of those that whoever asks may read.
fn no_dataset(dataset: &DatasetId, others: &[DatasetId], error: Error) -> Error {
    let shown: Vec<&str> = others.iter().map(DatasetId::as_str).collect();
    let remedy = match shown.as_slice() {
        [] => "ask the owner what it is called".to_owned(),
        [one] => format!("ask {one:?} instead, or the owner for another name"),
        several => {
            let first = several.get(..limits::CANDIDATES_MAX).unwrap_or(several);
            format!("you may ask {}", first.join(", "))
        }
    };
    let message = format!("there is no dataset {:?} here: {remedy}", dataset.as_str());
    Error::not_found(message).with_source(error)
}

/// The canonical link of a question, pinned to the version that answered it.
fn pinned_path(question: &Question, manifest: &Manifest) -> (String, String) {
    let path = format!(
        "/v/{}/{}/{}",
        question.dataset,
        manifest.version,
        question.query.name()
    );
    (path, link::canonical(&question.query))
}
