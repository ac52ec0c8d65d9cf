//! One question from words to answer: pointer or manifest, names, plan, data, sums. It strings the stages together; none
//! of them knows another.

mod describe;
mod forecast;
mod receipt;
mod top;

use crate::auth::Authorized;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::answer::Answered;
use crate::model::dataset::{DatasetId, ObjectKey};
use crate::model::link;
use crate::model::manifest::{Dimension, Manifest, Pointer, Value};
use crate::model::names::Names;
use crate::model::query::{Query, Question, Version};
use crate::model::scan::{ReadPlan, Scan};
use crate::model::table::Table;
use crate::plan;
use crate::read;
use crate::resolve::{self, Selection};
use crate::shell::{Chunk, Job, ReadSpec, Span, Step};

/// Answers one authorized question.
#[derive(Debug)]
pub struct AnswerJob {
    question: Question,
    stage: Stage,
    trace: Trace,
}

/// What was read for an answer, for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The version that answered.
    pub version: Option<String>,
    /// The grain that answered, such as `operation x month`.
    pub grain: Option<String>,
}

#[derive(Debug)]
enum Stage {
    Start,
    Pointer,
    Manifest,
    /// The manifest of a pinned version is not there; the pointer says whether it ever was.
    Pruned,
    Names {
        work: Box<Work>,
        plans: Vec<ReadPlan>,
    },
    Data {
        work: Box<Work>,
        data: Box<Data>,
    },
    Ended,
}

/// What is known of the version that answers.
#[derive(Debug)]
struct Work {
    manifest: Manifest,
    names: Names,
}

/// What was asked of the store for the answer itself.
#[derive(Debug)]
struct Data {
    ready: Ready,
    plan: ReadPlan,
    names: Vec<ReadPlan>,
}

/// What is known of the question once its names are resolved.
#[derive(Debug)]
struct Ready {
    scan: Scan,
    selection: Selection,
}

impl AnswerJob {
    /// A job for a question that may be answered.
    #[must_use]
    pub fn new(question: &Authorized<Question>) -> Self {
        Self {
            question: question.question().clone(),
            stage: Stage::Start,
            trace: Trace::default(),
        }
    }

    /// What was read so far.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// With the manifest at hand: names first if the filters need some that it does not hold.
    fn begin(&mut self, manifest: Manifest) -> Result<Step<Answered>> {
        self.trace.version = Some(manifest.version.to_string());
        let work = Box::new(Work {
            manifest,
            names: Names::default(),
        });
        let needed = match &self.question.query {
            Query::Top(q) => resolve::dimensions_needed(&q.filters, &work.manifest)?,
            Query::Forecast(q) => resolve::dimensions_needed(&q.filters, &work.manifest)?,
            Query::Describe(q) => describe::dimensions_needed(q, &work.manifest)?,
        };
        let plans = names_plans(&work, needed.iter().map(String::as_str))?;
        if plans.is_empty() {
            return self.ask_data(work);
        }
        let specs = specs_of(&plans, &work.manifest)?;
        self.stage = Stage::Names { work, plans };
        Ok(Step::Need(specs))
    }

    /// With every name at hand that the filters need: plan the data, or answer what needs none.
    fn ask_data(&mut self, work: Box<Work>) -> Result<Step<Answered>> {
        let ready = match &self.question.query {
            Query::Describe(q) => {
                return Ok(Step::Done(describe::answer(&self.question, q, &work)?));
            }
            Query::Top(q) => top::prepare(q, &work)?,
            Query::Forecast(q) => forecast::prepare(q, &work)?,
        };
        let plan = plan::plan(&ready.scan, &work.manifest)?;
        self.trace.grain = Some(plan.grain.clone());
        // Names that only the presentation needs come in the same round as the data.
        let names = match &self.question.query {
            Query::Top(q) => names_plans(&work, top::names_needed(q, &work.manifest)?.into_iter())?,
            _ => Vec::new(),
        };
        let mut specs = plan.specs(&work.manifest)?;
        specs.extend(specs_of(&names, &work.manifest)?);
        let empty = specs.is_empty();
        let data = Box::new(Data { ready, plan, names });
        self.stage = Stage::Data { work, data };
        if empty {
            self.resume(Vec::new())
        } else {
            Ok(Step::Need(specs))
        }
    }

    fn finish(&self, mut work: Box<Work>, data: &Data, chunks: &[Chunk]) -> Result<Answered> {
        let Data { ready, plan, names } = data;
        let (data_chunks, names_chunks) = chunks.split_at(plan.ranges().len().min(chunks.len()));
        let table = read::parquet::decode(plan, data_chunks)?;
        take_names(&mut work, names, names_chunks)?;
        let read = ReadData {
            scan: &ready.scan,
            plan,
            table: &table,
        };
        match &self.question.query {
            Query::Top(q) => top::answer(&self.question, q, &work, &ready.selection, &read),
            Query::Forecast(q) => {
                forecast::answer(&self.question, q, &work, &ready.selection, &read)
            }
            Query::Describe(q) => describe::answer(&self.question, q, &work),
        }
    }
}

/// A scan with what was read for it.
#[derive(Debug, Clone, Copy)]
struct ReadData<'a> {
    scan: &'a Scan,
    plan: &'a ReadPlan,
    table: &'a Table,
}

impl Job for AnswerJob {
    type Output = Answered;

    fn resume(&mut self, chunks: Vec<Chunk>) -> Result<Step<Answered>> {
        let dataset = self.question.dataset.clone();
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Start => match &self.question.version {
                Version::Latest => {
                    self.stage = Stage::Pointer;
                    Ok(Step::Need(vec![pointer_spec(&dataset)]))
                }
                Version::Pinned(version) => {
                    let key = ObjectKey::manifest(&dataset, version);
                    let span = Span::Whole {
                        max_bytes: limits::MANIFEST_BYTES_MAX,
                    };
                    self.stage = Stage::Manifest;
                    Ok(Step::Need(vec![ReadSpec {
                        key,
                        span,
                        if_match: None,
                    }]))
                }
            },
            Stage::Pointer => {
                let pointer = read::manifest::pointer(&one(&chunks)?.bytes, &dataset)?;
                self.begin(pointer.manifest)
            }
            Stage::Manifest => {
                let Version::Pinned(version) = &self.question.version else {
                    return Err(Error::internal("a manifest was read for no version"));
                };
                let manifest = read::manifest::manifest(&one(&chunks)?.bytes, &dataset, version)?;
                self.begin(manifest)
            }
            Stage::Pruned => {
                let pointer = read::manifest::pointer(&one(&chunks)?.bytes, &dataset)?;
                Err(self.no_version(&pointer))
            }
            Stage::Names { mut work, plans } => {
                take_names(&mut work, &plans, &chunks)?;
                self.ask_data(work)
            }
            Stage::Data { work, data } => self.finish(work, &data, &chunks).map(Step::Done),
            Stage::Ended => Err(Error::internal("a job was resumed after its end")),
        }
    }

    fn missing(&mut self, error: Error) -> Result<Step<Answered>> {
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Pointer | Stage::Pruned => Err(no_dataset(&self.question.dataset, error)),
            Stage::Manifest => {
                self.stage = Stage::Pruned;
                Ok(Step::Need(vec![pointer_spec(&self.question.dataset)]))
            }
            _ => Err(Error::corrupt(
                "the version lacks a file that its manifest names: restore it or ingest again",
            )
            .with_source(error)),
        }
    }
}

impl AnswerJob {
    fn no_version(&self, pointer: &Pointer) -> Error {
        let Version::Pinned(asked) = &self.question.version else {
            return Error::internal("a version was looked for that nobody asked for");
        };
        let current = &pointer.version;
        if pointer.previous.iter().any(|p| &p.version == asked) {
            return Error::gone(format!(
                "version {asked} was removed after its retention; the current one is {current}"
            ));
        }
        if current == asked {
            return Error::corrupt(format!(
                "the pointer names version {asked}, which is not there: ingest again"
            ));
        }
        Error::not_found(format!(
            "there is no version {asked}; the current one is {current}"
        ))
    }
}

fn one(chunks: &[Chunk]) -> Result<&Chunk> {
    chunks
        .first()
        .ok_or_else(|| Error::internal("a read brought nothing"))
}

fn names_plans<'a>(
    work: &Work,
    dimensions: impl Iterator<Item = &'a str>,
) -> Result<Vec<ReadPlan>> {
    let mut plans = Vec::new();
    for name in dimensions {
        if !work.names.has(work.manifest.dimension(name)?) {
            plans.push(plan::plan_names(name, &work.manifest)?);
        }
    }
    Ok(plans)
}

fn specs_of(plans: &[ReadPlan], manifest: &Manifest) -> Result<Vec<ReadSpec>> {
    let specs: Result<Vec<Vec<ReadSpec>>> = plans.iter().map(|p| p.specs(manifest)).collect();
    Ok(specs?.into_iter().flatten().collect())
}

/// Keeps the names that a round of reads brought, in the order of the plans.
fn take_names(work: &mut Work, plans: &[ReadPlan], chunks: &[Chunk]) -> Result<()> {
    let mut rest = chunks;
    for plan in plans {
        let count = plan.ranges().len().min(rest.len());
        let (mine, others) = rest.split_at(count);
        rest = others;
        let values: Vec<Value> = read::parquet::decode(plan, mine)?.names()?;
        let name = plan
            .grain
            .strip_prefix(plan::NAMES_LABEL)
            .unwrap_or(&plan.grain);
        let dimension: Dimension = work.manifest.dimension(name)?.clone();
        work.names.insert(&dimension, values)?;
    }
    Ok(())
}

/// Reads which version is current.
#[derive(Debug)]
pub struct PointerJob(DatasetId);

impl PointerJob {
    /// A job for a dataset that may be read.
    #[must_use]
    pub const fn new(dataset: DatasetId) -> Self {
        Self(dataset)
    }
}

impl Job for PointerJob {
    type Output = Pointer;

    fn resume(&mut self, chunks: Vec<Chunk>) -> Result<Step<Pointer>> {
        match chunks.first() {
            None => Ok(Step::Need(vec![pointer_spec(&self.0)])),
            Some(chunk) => read::manifest::pointer(&chunk.bytes, &self.0).map(Step::Done),
        }
    }

    fn missing(&mut self, error: Error) -> Result<Step<Pointer>> {
        Err(no_dataset(&self.0, error))
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

fn no_dataset(dataset: &DatasetId, error: Error) -> Error {
    Error::not_found(format!("there is no dataset {:?} here", dataset.as_str())).with_source(error)
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
