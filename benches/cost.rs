//! CPU time of a process, and what one more iteration of a work adds to it.

use std::fs;
use std::time::{Duration, Instant};

use crate::Result;

/// Samples of which the median is taken.
pub(crate) const SAMPLES: usize = 9;
/// What a sample has to take at least, so that the clock's grain does not show.
const SAMPLE_S: f64 = 0.04;

/// What a work is warmed up with: V8 compiles a busy function again after some hundred calls, or this CPU time, seconds.
const WARM_UP_TIMES: u32 = 600;
const WARM_UP_S: f64 = 1.5;

/// The CPU time that a process has used, seconds: all its threads, from the kernel's scheduler.
///
/// # Errors
/// If the kernel does not tell (it is Linux that does).
pub(crate) fn used_s(pid: u32) -> Result<f64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).map_err(|error| {
        format!("the CPU time of process {pid} is unknown ({error}): run this on Linux")
    })?;
    // The scheduler settles the account of a thread when it lets go of its processor.
    std::thread::sleep(Duration::from_micros(200));
    let mut nanoseconds = 0;
    for task in tasks {
        // A thread may have ended meanwhile.
        let stat = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanoseconds += stat
            .split(' ')
            .next()
            .and_then(|n| n.parse::<u64>().ok())
            .unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// A work that can be done several times at a go, in some process.
pub(crate) struct Work<'a> {
    pub(crate) pid: u32,
    pub(crate) run: Box<dyn FnMut(u32) -> Result<()> + 'a>,
    more: u32,
    samples: Vec<f64>,
}

impl<'a> Work<'a> {
    /// Warms up, and finds how many iterations make a sample.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) fn new(pid: u32, run: impl FnMut(u32) -> Result<()> + 'a) -> Result<Self> {
        let mut work = Self {
            pid,
            run: Box::new(run),
            more: 10,
            samples: Vec::new(),
        };
        let (mut spent_s, mut done) = (0.0, 0);
        while spent_s < WARM_UP_S && done < WARM_UP_TIMES {
            spent_s += work.cost_s(20)?;
            done += 20;
        }
        while work.cost_s(work.more)? < SAMPLE_S && work.more < 10_000 {
            work.more *= 2;
        }
        Ok(work)
    }

    fn cost_s(&mut self, times: u32) -> Result<f64> {
        let before = used_s(self.pid)?;
        (self.run)(times)?;
        Ok(used_s(self.pid)? - before)
    }

    /// Takes one sample: (cost of 1 + N iterations, less that of 1) / N.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) fn sample(&mut self) -> Result<()> {
        let one = self.cost_s(1)?;
        let many = self.cost_s(1 + self.more)?;
        self.samples.push((many - one) / f64::from(self.more));
        Ok(())
    }

    /// The median of the samples, seconds.
    pub(crate) fn median_s(&self) -> f64 {
        median(&self.samples)
    }
}

/// The middle value.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The wall time of a work, seconds.
///
/// # Errors
/// Those of the work.
pub(crate) fn wall_s<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let started = Instant::now();
    let done = work()?;
    Ok((started.elapsed().as_secs_f64(), done))
}
