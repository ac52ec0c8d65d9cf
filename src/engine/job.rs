//! The job that answers: one stage for each round of reads.

use std::sync::Arc;

use super::analysis::{self, Asked, Ready};
use super::explanation::{self, Notes};
use super::{
    ReadData, Surroundings, Trace, Work, describe, fetch, library, no_dataset, one, pointer_spec,
    specs_of,
};
use crate::auth::Authorized;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::answer::Answered;
use crate::model::dataset::{DatasetId, ObjectKey};
use crate::model::explanation::Explanation;
use crate::model::manifest::{DOCUMENTS_FILE, Pointer};
use crate::model::query::{Query, Question, Version};
use crate::model::receipt::{PERIOD, Resolved};
use crate::model::scan::ReadPlan;
use crate::model::table::Table;
use crate::model::when::Clock;
use crate::model::{Grain, VersionId};
use crate::plan::{self, Planned};
use crate::read;
use crate::resolve::{self, OPERATION};
use crate::shell::{Chunk, Job, ReadSpec, Round, Span, Step};

/// Answers one authorized question.
#[derive(Debug)]
pub struct AnswerJob {
    question: Question,
    around: Surroundings,
    stage: Stage,
    trace: Trace,
    /// Whether the version was taken from memory, so that it may have been removed since.
    remembered: bool,
    /// What the period was called, and which days that are.
    said: Option<Resolved>,
    /// The version that this one is compared with.
    earlier: Option<Box<Work>>,
    /// Datasets that may be asked instead.
    others: Vec<DatasetId>,
    /// What is to be told of the answer's making, where that is asked for.
    notes: Option<Box<Notes>>,
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
    /// The manifest of the version that this one is compared with.
    Earlier {
        work: Box<Work>,
        version: VersionId,
    },
    /// Names, and the index of the owner's documents.
    Names {
        work: Box<Work>,
        plans: Vec<ReadPlan>,
        library: bool,
    },
    /// The manifest again, for what is attached to it.
    Attachments(Box<Work>),
    Data {
        work: Box<Work>,
        data: Box<Data>,
    },
    Ended,
}

impl Stage {
    /// What it waits for.
    const fn name(&self) -> &'static str {
        match self {
            Self::Start | Self::Ended => "start",
            Self::Pointer { .. } | Self::Pruned => "pointer",
            Self::Manifest { .. } | Self::Attachments(_) | Self::Earlier { .. } => "manifest",
            Self::Names { .. } => "names",
            Self::Data { .. } => "data",
        }
    }
}

/// What was asked of the store for the answer itself.
#[derive(Debug)]
struct Data {
    ready: Ready,
    /// Of each scan.
    plans: Vec<ReadPlan>,
    names: Vec<ReadPlan>,
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
            said: None,
            earlier: None,
            others: question.others().to_vec(),
            notes: question.question().explain.then(Box::default),
        }
    }

    /// What the answer is made of, where that was asked for; once it is there.
    pub fn explanation(&mut self) -> Option<Explanation> {
        self.notes.take().map(|notes| notes.into_explanation())
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
        self.settle_period(&work)?;
        if let (Query::Describe(query), None) = (&self.question.query, &self.earlier)
            && let Some(version) = describe::since(query, &work.manifest)?
        {
            work.take_attached_names();
            return self.ask_earlier(work, version);
        }
        let mut needed = match self.question.query.filters() {
            Some(filters) => resolve::dimensions_needed(filters, &work.manifest)?,
            None => Vec::new(),
        };
        needed.extend(analysis::of(&self.question.query).names_first(&work.manifest)?);
        needed.sort();
        needed.dedup();
        let plans = work.plan_names(needed.iter().map(String::as_str))?;
        let library = if analysis::of(&self.question.query).library_first(&work.manifest)? {
            work.library_spec()?
        } else {
            None
        };
        if plans.is_empty() && library.is_none() {
            return self.ask_data(work);
        }
        self.trace.values += plans.iter().map(ReadPlan::values).sum::<u64>();
        let mut specs = specs_of(&plans, &work.manifest)?;
        if let Some(notes) = &mut self.notes {
            notes.read("names", &plans);
            if let Some(Span::Range(span)) = library.as_ref().map(|spec| &spec.span) {
                notes.read_documents(DOCUMENTS_FILE, span.end.saturating_sub(span.start));
            }
        }
        let has_library = library.is_some();
        specs.extend(library);
        self.stage = Stage::Names {
            work,
            plans,
            library: has_library,
        };
        Ok(Step::Need(specs))
    }

    /// The version that this one is compared with, from memory or from its manifest.
    fn ask_earlier(&mut self, work: Box<Work>, version: VersionId) -> Result<Step<Answered>> {
        let (dataset, memory) = (&self.question.dataset, &self.around.memory);
        if let Some(mut known) = memory.version(dataset, &version) {
            known.take_attached_names();
            self.earlier = Some(Box::new(known));
            return self.begin(work);
        }
        let spec = self.manifest_spec(&version);
        self.stage = Stage::Earlier { work, version };
        Ok(Step::Need(vec![spec]))
    }

    fn take_earlier(
        &mut self,
        work: Box<Work>,
        version: &VersionId,
        bytes: &[u8],
    ) -> Result<Step<Answered>> {
        let manifest = read::manifest::manifest(bytes, &self.question.dataset, version)?;
        let mut earlier = Work::new(manifest, bytes)?;
        earlier.take_attached_names();
        self.around.memory.keep(&earlier);
        self.earlier = Some(Box::new(earlier));
        self.begin(work)
    }

    /// Puts a period in words into the days that it stands for in these data.
    fn settle_period(&mut self, work: &Work) -> Result<()> {
        // The period before "month to date" is not the days before them: these words go to where periods are compared.
        if matches!(&self.question.query, Query::Top(top) if top.against.is_some()) {
            return Ok(());
        }
        let period = self.question.query.filters_mut();
        let Some(when) = period.and_then(|filters| filters.period.as_mut()) else {
            return Ok(());
        };
        if when.absolute().is_some() {
            return Ok(());
        }
        let span = when.resolve(&Clock::of(&work.manifest))?;
        self.said = Some(Resolved {
            dimension: PERIOD.into(),
            asked: when.to_string().replace('_', " "),
            matched: vec![span.label],
            how: "calendar",
        });
        *when = span.period.into();
        Ok(())
    }

    /// With every name at hand that the filters need: plan the data, or answer what needs none.
    fn ask_data(&mut self, mut work: Box<Work>) -> Result<Step<Answered>> {
        let ready = analysis::of(&self.question.query).prepare(&work)?;
        let mut scan_plans = Vec::new();
        for scan in &ready.scans {
            match plan::plan(scan, &work.manifest, &work.attached)? {
                Planned::Ready(plan) => scan_plans.push(plan),
                Planned::NeedsMap => {
                    let spec = self.manifest_spec(&work.manifest.version);
                    self.stage = Stage::Attachments(work);
                    return Ok(Step::Need(vec![spec]));
                }
            }
        }
        self.trace.grain = grains(&scan_plans);
        // Names that only the presentation needs come in the same round as the data.
        let names = work.plan_names(ready.names.iter().map(String::as_str))?;
        let all = scan_plans.iter().chain(&names).chain(&ready.record);
        let mut specs = Vec::new();
        for plan in all {
            self.trace.values += plan.values();
            specs.extend(plan.specs(&work.manifest)?);
        }
        if let Some(span) = &ready.texts {
            specs.push(library::spec(&work.manifest, span.clone())?);
        }
        if let Some(notes) = &mut self.notes {
            notes.read("sums", &scan_plans);
            notes.read("names", &names);
            notes.read("record", ready.record.as_slice());
            if let Some(span) = &ready.texts {
                notes.read_documents(DOCUMENTS_FILE, span.end.saturating_sub(span.start));
            }
        }
        let data = Box::new(Data {
            ready,
            plans: scan_plans,
            names,
        });
        if specs.is_empty() {
            return self.finish(work, &data, &[]).map(Step::Done);
        }
        self.stage = Stage::Data { work, data };
        Ok(Step::Need(specs))
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

    fn finish(&mut self, mut work: Box<Work>, data: &Data, chunks: &[Chunk]) -> Result<Answered> {
        let Data {
            ready,
            plans,
            names,
        } = data;
        let mut rest = chunks;
        let mut next = |plan: &ReadPlan| {
            let (mine, others) = rest.split_at(plan.ranges().len().min(rest.len()));
            rest = others;
            mine
        };
        let tables: Result<Vec<Vec<Table>>> = plans
            .iter()
            .map(|plan| read::parquet::decode(plan, next(plan)))
            .collect();
        let tables = tables?;
        let names_chunks: Vec<Chunk> = names.iter().flat_map(|plan| next(plan).to_vec()).collect();
        work.take_names(names, &names_chunks)?;
        let record = ready.record.as_ref();
        let record = record.map(|plan| read::parquet::decode(plan, next(plan)));
        let record = record.transpose()?.unwrap_or_default();
        let texts = ready.texts.as_ref().and_then(|_| rest.first());
        let texts = texts.map(|chunk| chunk.bytes.clone());
        self.around.memory.keep(&work);
        let read = |((scan, plan), tables)| ReadData { scan, plan, tables };
        let each = ready.scans.iter().zip(plans).zip(&tables);
        let each = each.map(|((scan, plan), tables)| ((scan, plan), tables.as_slice()));
        let asked = Asked {
            question: &self.question,
            work: &work,
            selection: &ready.selection,
            said: self.said.as_ref(),
            earlier: self.earlier.as_deref(),
            reads: each.map(read).collect(),
            record: &record,
            texts,
        };
        let answered = analysis::of(&self.question.query).answer(&asked)?;
        if let Some(notes) = &mut self.notes {
            notes.say(explanation::sql(&asked, ready, &answered)?);
        }
        Ok(answered)
    }
}

/// The grains that answer, each once.
fn grains(plans: &[ReadPlan]) -> Option<String> {
    let mut grains: Vec<&str> = Vec::new();
    for plan in plans {
        if !grains.contains(&plan.grain.as_str()) {
            grains.push(&plan.grain);
        }
    }
    (!grains.is_empty()).then(|| grains.join(" + "))
}

impl Job for AnswerJob {
    type Output = Answered;

    fn resume(&mut self, chunks: Vec<Chunk>) -> Result<Step<Answered>> {
        if let Some(notes) = &mut self.notes {
            notes.begin(self.stage.name());
        }
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Start => self.start(),
            Stage::Pointer { whole } => self.point(&one(&chunks)?.bytes, whole),
            Stage::Manifest { whole } => self.open(&one(&chunks)?.bytes, whole),
            Stage::Pruned => {
                let bytes = &one(&chunks)?.bytes;
                let pointer = read::manifest::pointer(bytes, &self.question.dataset)?;
                Err(self.no_version(&pointer))
            }
            Stage::Earlier { work, version } => {
                self.take_earlier(work, &version, &one(&chunks)?.bytes)
            }
            Stage::Names {
                mut work,
                plans,
                library,
            } => {
                work.take_names(&plans, &chunks)?;
                if library {
                    work.take_library(chunks.last())?;
                }
                self.ask_data(work)
            }
            Stage::Attachments(work) => self.attach(work, &one(&chunks)?.bytes),
            Stage::Data { work, data } => self.finish(work, &data, &chunks).map(Step::Done),
            Stage::Ended => Err(Error::internal("a job was resumed after its end")),
        }
    }

    fn took(&mut self, round: Round) {
        if let Some(notes) = &mut self.notes {
            notes.took(round);
        }
    }

    fn missing(&mut self, error: Error) -> Result<Step<Answered>> {
        if let Some(notes) = &mut self.notes {
            notes.begin(self.stage.name());
        }
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Earlier { work, version } => Err(describe::no_earlier(&version, &work.manifest)),
            Stage::Pointer { .. } | Stage::Pruned => {
                Err(no_dataset(&self.question.dataset, &self.others, error))
            }
            Stage::Manifest { .. } => {
                self.stage = Stage::Pruned;
                Ok(Step::Need(vec![pointer_spec(&self.question.dataset)]))
            }
            // What is remembered may have been removed since: once more, from the start.
            _ if self.remembered => {
                self.remembered = false;
                if let Some(notes) = &mut self.notes {
                    notes.restart();
                }
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
    let whole_months = |p: crate::model::Period| p.is_whole(Grain::Month);
    match (query, query.filters()) {
        (Query::Describe(q), _) => q.dimension.is_some() || q.since.is_some(),
        (Query::Search(_), _) => true,
        (Query::Fetch(q), _) => fetch::may_need_names(&q.id),
        // What is looked up in the record does not bound what is read.
        (Query::Accuracy(q), _) => q.filters.exact.keys().any(|d| d != OPERATION),
        (_, Some(filters)) => {
            filters.exact.keys().any(|d| d != OPERATION) || !filters.days().is_none_or(whole_months)
        }
        (_, None) => false,
    }
}
