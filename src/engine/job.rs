//! The job that answers: one stage for each round of reads.

use std::sync::Arc;

use super::{
    ReadData, Ready, Surroundings, Trace, Work, accuracy, describe, forecast, no_dataset, one,
    pointer_spec, specs_of, split, top,
};
use crate::auth::Authorized;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::answer::Answered;
use crate::model::dataset::ObjectKey;
use crate::model::manifest::Pointer;
use crate::model::query::{Filters, Query, Question, Version};
use crate::model::scan::ReadPlan;
use crate::model::{Grain, VersionId};
use crate::plan::{self, Planned};
use crate::read;
use crate::resolve::{self, OPERATION};
use crate::shell::{Chunk, Job, ReadSpec, Span, Step};

/// Answers one authorized question.
#[derive(Debug)]
pub struct AnswerJob {
    question: Question,
    around: Surroundings,
    stage: Stage,
    trace: Trace,
    /// Whether the version was taken from memory, so that it may have been removed since.
    remembered: bool,
}

#[derive(Debug)]
enum Stage {
    Start,
    /// The pointer, or only its beginning.
    Pointer {
        whole: bool,
    },
    /// The manifest of a pinned version, or only its beginning.
    Manifest {
        whole: bool,
    },
    /// The manifest of a pinned version is not there; the pointer says whether it ever was.
    Pruned,
    Names {
        work: Box<Work>,
        plans: Vec<ReadPlan>,
    },
    /// The manifest again, for what is attached to it.
    Attachments(Box<Work>),
    Data {
        work: Box<Work>,
        data: Box<Data>,
    },
    Ended,
}

/// What was asked of the store for the answer itself.
#[derive(Debug)]
struct Data {
    ready: Ready,
    plan: ReadPlan,
    names: Vec<ReadPlan>,
    /// Where earlier forecasts are.
    record: Option<ReadPlan>,
}

impl AnswerJob {
    /// A job for a question that may be answered.
    #[must_use]
    pub fn new(question: &Authorized<Question>, around: Surroundings) -> Self {
        Self {
            question: question.question().clone(),
            around,
            stage: Stage::Start,
            trace: Trace::default(),
            remembered: false,
        }
    }

    /// What was read so far.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    fn start(&mut self) -> Result<Step<Answered>> {
        let dataset = &self.question.dataset;
        let memory = &self.around.memory;
        let known = match &self.question.version {
            Version::Latest => {
                let pointer = self.around.pointer(dataset);
                pointer.and_then(|p| memory.version(dataset, &p.version))
            }
            Version::Pinned(version) => memory.version(dataset, version),
        };
        if let Some(work) = known {
            self.remembered = true;
            return self.begin(Box::new(work));
        }
        let whole = may_need_attachments(&self.question.query);
        let mut spec = match &self.question.version {
            Version::Latest => {
                self.stage = Stage::Pointer { whole };
                pointer_spec(dataset)
            }
            Version::Pinned(version) => {
                self.stage = Stage::Manifest { whole };
                self.manifest_spec(version)
            }
        };
        if !whole {
            spec.span = Span::Prefix {
                bytes: limits::MANIFEST_PREFIX_BYTES,
            };
        }
        Ok(Step::Need(vec![spec]))
    }

    fn manifest_spec(&self, version: &VersionId) -> ReadSpec {
        ReadSpec {
            key: ObjectKey::manifest(&self.question.dataset, version),
            span: Span::Whole {
                max_bytes: limits::MANIFEST_BYTES_MAX,
            },
            if_match: None,
        }
    }

    fn point(&mut self, bytes: &[u8], whole: bool) -> Result<Step<Answered>> {
        if !whole && is_cut_off(bytes) {
            self.stage = Stage::Pointer { whole: true };
            return Ok(Step::Need(vec![pointer_spec(&self.question.dataset)]));
        }
        let pointer = read::manifest::pointer(bytes, &self.question.dataset)?;
        let (dataset, memory) = (&self.question.dataset, &self.around.memory);
        let mut work = Work::new(pointer.manifest.clone(), bytes)?;
        if let Some(known) = memory.version(dataset, &pointer.version) {
            work.recall(known);
        }
        memory.point(&Arc::new(pointer), self.around.now);
        memory.keep(&work);
        self.begin(Box::new(work))
    }

    fn open(&mut self, bytes: &[u8], whole: bool) -> Result<Step<Answered>> {
        let Version::Pinned(version) = &self.question.version else {
            return Err(Error::internal("a manifest was read for no version"));
        };
        if !whole && is_cut_off(bytes) {
            let spec = self.manifest_spec(version);
            self.stage = Stage::Manifest { whole: true };
            return Ok(Step::Need(vec![spec]));
        }
        let manifest = read::manifest::manifest(bytes, &self.question.dataset, version)?;
        let work = Work::new(manifest, bytes)?;
        self.around.memory.keep(&work);
        self.begin(Box::new(work))
    }

    /// With the manifest at hand: names first if the filters need some that it does not hold.
    fn begin(&mut self, mut work: Box<Work>) -> Result<Step<Answered>> {
        self.trace.version = Some(work.manifest.version.to_string());
        let needed = match &self.question.query {
            Query::Top(q) => resolve::dimensions_needed(&q.filters, &work.manifest)?,
            Query::Forecast(q) => resolve::dimensions_needed(&q.filters, &work.manifest)?,
            Query::Describe(q) => describe::dimensions_needed(q, &work.manifest)?,
            Query::Accuracy(q) => resolve::dimensions_needed(&q.filters, &work.manifest)?,
        };
        let plans = work.plan_names(needed.iter().map(String::as_str))?;
        if plans.is_empty() {
            return self.ask_data(work);
        }
        self.trace.values += plans.iter().map(ReadPlan::values).sum::<u64>();
        let specs = specs_of(&plans, &work.manifest)?;
        self.stage = Stage::Names { work, plans };
        Ok(Step::Need(specs))
    }

    /// With every name at hand that the filters need: plan the data, or answer what needs none.
    fn ask_data(&mut self, mut work: Box<Work>) -> Result<Step<Answered>> {
        let ready = match &self.question.query {
            Query::Describe(q) => {
                self.around.memory.keep(&work);
                return Ok(Step::Done(describe::answer(&self.question, q, &work)?));
            }
            Query::Top(q) => top::prepare(q, &work)?,
            Query::Forecast(q) => forecast::prepare(q, &work)?,
            Query::Accuracy(q) => forecast::prepare(&q.exam(), &work)?,
        };
        let plan = match plan::plan(&ready.scan, &work.manifest, &work.attached)? {
            Planned::Ready(plan) => plan,
            Planned::NeedsMap => {
                let spec = self.manifest_spec(&work.manifest.version);
                self.stage = Stage::Attachments(work);
                return Ok(Step::Need(vec![spec]));
            }
        };
        self.trace.grain = Some(plan.grain.clone());
        // Names that only the presentation needs come in the same round as the data.
        let names = match &self.question.query {
            Query::Top(q) => {
                let manifest = Arc::clone(&work.manifest);
                work.plan_names(top::names_needed(&q.by, &manifest)?.into_iter())?
            }
            Query::Forecast(q) => {
                let manifest = Arc::clone(&work.manifest);
                work.plan_names(split::names_needed(q, &manifest)?.into_iter())?
            }
            _ => Vec::new(),
        };
        let record = match &self.question.query {
            Query::Accuracy(q) => accuracy::plan_record(q, &work)?,
            _ => None,
        };
        let beside = names.iter().chain(&record);
        self.trace.values += plan.values() + beside.clone().map(ReadPlan::values).sum::<u64>();
        let mut specs = plan.specs(&work.manifest)?;
        for plan in beside {
            specs.extend(plan.specs(&work.manifest)?);
        }
        let empty = specs.is_empty();
        let data = Box::new(Data {
            ready,
            plan,
            names,
            record,
        });
        self.stage = Stage::Data { work, data };
        if empty {
            self.resume(Vec::new())
        } else {
            Ok(Step::Need(specs))
        }
    }

    /// With what is attached to the manifest at hand.
    fn attach(&mut self, mut work: Box<Work>, bytes: &[u8]) -> Result<Step<Answered>> {
        let manifest = &work.manifest;
        let again = read::manifest::manifest(bytes, &manifest.dataset, &manifest.version)?;
        work.attached = Work::new(again, bytes)?.attached;
        if work.attached.maps.is_empty() {
            return Err(Error::corrupt(format!(
                "the manifest of {} {} has lost what was attached to it: restore it or ingest again",
                work.manifest.dataset, work.manifest.version
            )));
        }
        self.ask_data(work)
    }

    fn finish(&self, mut work: Box<Work>, data: &Data, chunks: &[Chunk]) -> Result<Answered> {
        let Data {
            ready,
            plan,
            names,
            record,
        } = data;
        let (data_chunks, names_chunks) = chunks.split_at(plan.ranges().len().min(chunks.len()));
        let tables = read::parquet::decode(plan, data_chunks)?;
        let of_names: usize = names.iter().map(|plan| plan.ranges().len()).sum();
        let (names_chunks, record_chunks) = names_chunks.split_at(of_names.min(names_chunks.len()));
        work.take_names(names, names_chunks)?;
        self.around.memory.keep(&work);
        let read = ReadData {
            scan: &ready.scan,
            plan,
            tables: &tables,
        };
        match &self.question.query {
            Query::Top(q) => top::answer(&self.question, q, &work, &ready.selection, &read),
            Query::Forecast(q) => {
                forecast::answer(&self.question, q, &work, &ready.selection, &read)
            }
            Query::Describe(q) => describe::answer(&self.question, q, &work),
            Query::Accuracy(q) => {
                let record = record.as_ref();
                let record = record.map(|plan| read::parquet::decode(plan, record_chunks));
                let record = record.transpose()?.unwrap_or_default();
                accuracy::answer(&self.question, q, &work, &ready.selection, &read, &record)
            }
        }
    }
}

impl Job for AnswerJob {
    type Output = Answered;

    fn resume(&mut self, chunks: Vec<Chunk>) -> Result<Step<Answered>> {
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Start => self.start(),
            Stage::Pointer { whole } => self.point(&one(&chunks)?.bytes, whole),
            Stage::Manifest { whole } => self.open(&one(&chunks)?.bytes, whole),
            Stage::Pruned => {
                let bytes = &one(&chunks)?.bytes;
                let pointer = read::manifest::pointer(bytes, &self.question.dataset)?;
                Err(self.no_version(&pointer))
            }
            Stage::Names { mut work, plans } => {
                work.take_names(&plans, &chunks)?;
                self.ask_data(work)
            }
            Stage::Attachments(work) => self.attach(work, &one(&chunks)?.bytes),
            Stage::Data { work, data } => self.finish(work, &data, &chunks).map(Step::Done),
            Stage::Ended => Err(Error::internal("a job was resumed after its end")),
        }
    }

    fn missing(&mut self, error: Error) -> Result<Step<Answered>> {
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Pointer { .. } | Stage::Pruned => Err(no_dataset(&self.question.dataset, error)),
            Stage::Manifest { .. } => {
                self.stage = Stage::Pruned;
                Ok(Step::Need(vec![pointer_spec(&self.question.dataset)]))
            }
            // What is remembered may have been removed since: once more, from the start.
            _ if self.remembered => {
                self.remembered = false;
                self.around.memory.forget(&self.question.dataset);
                self.start()
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

/// Whether the beginning of a pointer or manifest is not enough.
fn is_cut_off(beginning: &[u8]) -> bool {
    beginning.len() as u64 >= limits::MANIFEST_PREFIX_BYTES && !read::manifest::has_head(beginning)
}

/// Whether a question is likely to need what is attached to a manifest: names to find what is asked for, or the map of the
/// finest cells. A wrong guess costs bytes or a round, never a wrong answer.
fn may_need_attachments(query: &Query) -> bool {
    let filters = |filters: &Filters| {
        let whole_months = |p: crate::model::Period| p.is_whole(Grain::Month);
        filters.exact.keys().any(|d| d != OPERATION) || !filters.period.is_none_or(whole_months)
    };
    match query {
        Query::Top(q) => filters(&q.filters),
        Query::Forecast(q) => filters(&q.filters),
        Query::Describe(q) => q.dimension.is_some(),
        Query::Accuracy(q) => filters(&q.exam().filters),
    }
}
