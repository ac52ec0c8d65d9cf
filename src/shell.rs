//! The seam between the pure core and the hosts: the core asks for bytes, a host fetches them.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Range;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::model::dataset::{Etag, ObjectKey};

/// Which bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// All of it, if it is not larger than this.
    Whole {
        /// The largest size that is accepted, bytes.
        max_bytes: u64,
    },
    /// These bytes, end excluded. Fewer is an error: `Corrupt`.
    Range(Range<u64>),
    /// The last bytes.
    Suffix {
        /// How many.
        bytes: u64,
    },
    /// The first bytes, at most this many; a shorter object gives all of it.
    Prefix {
        /// How many.
        bytes: u64,
    },
}

/// One read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSpec {
    /// The object.
    pub key: ObjectKey,
    /// Which bytes of it.
    pub span: Span,
    /// Only if the object still is this one; otherwise `Stale`.
    pub if_match: Option<Etag>,
}

/// What one read brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes.
    pub bytes: Bytes,
    /// The object's mark, where the store has one.
    pub etag: Option<Etag>,
}

/// What a job says when it is resumed.
#[derive(Debug)]
pub enum Step<T> {
    /// It cannot go on without these; they are independent of each other.
    Need(Vec<ReadSpec>),
    /// It is done.
    Done(T),
}

/// Work that asks for bytes instead of fetching them.
pub trait Job {
    /// What comes out.
    type Output;

    /// Goes on with the chunks that were asked for, in the order of the asking (none at the first call).
    ///
    /// # Errors
    /// Whatever ends the work.
    fn resume(&mut self, chunks: Vec<Chunk>) -> Result<Step<Self::Output>>;

    /// Goes on although an object that was asked for is not there. By default that ends the work.
    ///
    /// # Errors
    /// Whatever ends the work.
    fn missing(&mut self, error: Error) -> Result<Step<Self::Output>> {
        Err(error)
    }

    /// Is told what the last step took, once it is over. By default nobody wants to know.
    fn took(&mut self, _round: Round) {}
}

/// What one step of a job took: a round of reads (the first step has none), and the work that it made possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Ranges that were read.
    pub ranges: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// Time until they were there, microseconds; none where the host lends no clock, and for the first step.
    pub read_us: Option<u64>,
    /// Time that the job then worked, microseconds; none where the host's clock cannot tell.
    pub compute_us: Option<u64>,
}

/// A reading of the host's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// Microseconds since some moment that stays the same.
    pub us: u64,
    /// Whether the clock goes on while the host computes; some stand still until they wait for something.
    pub runs: bool,
}

impl Tick {
    /// Time since an earlier reading, microseconds.
    #[must_use]
    pub const fn since(self, before: Self) -> u64 {
        self.us.saturating_sub(before.us)
    }
}

/// A store of immutable objects, read by ranges.
pub trait RangeRead {
    /// Reads every span, in order of the asking. One failure fails all.
    ///
    /// # Errors
    /// `NotFound` if an object is not there, `Stale` if one is not the one that was asked for, `Corrupt` if it is
    /// shorter than its range or longer than its bound, `Upstream` if the store does not answer properly.
    fn read_ranges(&self, specs: &[ReadSpec]) -> impl Future<Output = Result<Vec<Chunk>>>;

    /// What the host's clock says, where it lends one: the core has none, and what an answer says of times is told by it.
    fn tick(&self) -> Option<Tick> {
        None
    }
}

/// Runs a job to its end against a store: the only async code of the core.
///
/// # Errors
/// Those of the job and of the store, `Stale` if an object changed between two reads of it, and `OverBudget` if more rounds, ranges or bytes are asked for than one request may.
pub async fn drive<J: Job>(
    job: &mut J,
    store: &impl RangeRead,
    rounds_max: u8,
) -> Result<(J::Output, Usage)> {
    let mut usage = Usage::default();
    let mut seen = Etags::default();
    let mut began = store.tick();
    let mut step = job.resume(Vec::new())?;
    let mut round = Round::default();
    loop {
        let ended = store.tick();
        round.compute_us = between(began, ended).filter(|_| ended.is_some_and(|tick| tick.runs));
        job.took(round);
        let specs = match step {
            Step::Done(output) => return Ok((output, usage)),
            Step::Need(specs) => specs,
        };
        usage.rounds += 1;
        usage.ranges += specs.len();
        if usage.rounds > u32::from(rounds_max) {
            return Err(Error::over_budget(format!(
                "this question needs more than {rounds_max} rounds of reads"
            )));
        }
        if usage.ranges > limits::RANGES_MAX {
            return Err(Error::over_budget(format!(
                "this question needs more than {} ranges of bytes: narrow its filters or its period",
                limits::RANGES_MAX
            )));
        }
        let asked = store.tick();
        let read = store.read_ranges(&specs).await;
        began = store.tick();
        round = Round {
            ranges: specs.len(),
            read_us: between(asked, began),
            ..Round::default()
        };
        let chunks = match read {
            Ok(chunks) => chunks,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                step = job.missing(error)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        if chunks.len() != specs.len() {
            return Err(Error::internal("the store did not answer every read"));
        }
        seen.check(&specs, &chunks)?;
        round.bytes = chunks.iter().map(|c| c.bytes.len() as u64).sum();
        usage.bytes += round.bytes;
        if usage.bytes > limits::READ_BYTES_MAX {
            return Err(Error::over_budget(format!(
                "this question reads more than {} MiB: narrow its filters or its period",
                limits::READ_BYTES_MAX >> 20
            )));
        }
        step = job.resume(chunks)?;
    }
}

fn between(before: Option<Tick>, after: Option<Tick>) -> Option<u64> {
    Some(after?.since(before?))
}

/// The mark of each object that a job has read: all that it reads of one object has to be of the same state.
#[derive(Debug, Default)]
struct Etags(BTreeMap<ObjectKey, Etag>);

impl Etags {
    fn check(&mut self, specs: &[ReadSpec], chunks: &[Chunk]) -> Result<()> {
        for (spec, chunk) in specs.iter().zip(chunks) {
            let Some(etag) = &chunk.etag else { continue };
            match self.0.get(&spec.key) {
                None => {
                    self.0.insert(spec.key.clone(), etag.clone());
                }
                Some(before) if before == etag => {}
                Some(_) => {
                    return Err(Error::stale(format!(
                        "{} changed while it was being read: ask again",
                        spec.key
                    )));
                }
            }
        }
        Ok(())
    }
}

/// What a request cost the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Dependent rounds.
    pub rounds: u32,
    /// Ranges, all rounds together.
    pub ranges: usize,
    /// Bytes, all rounds together.
    pub bytes: u64,
}
