//! One thread reads, several parse, one adds up: in the order of the source, so that their number changes nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nearcast::error::{Error, Result};
use nearcast::ingest::{Batch, Builder, Parser};
use nearcast::limits;

use super::Progress;
use super::sources::{Piece, Sources, Tally};

/// Adds every row of the sources to a builder, with so many threads that parse.
pub(super) fn run(
    sources: &Sources,
    builder: &mut Builder,
    threads: usize,
    progress: &mut dyn FnMut(&Progress),
) -> Result<()> {
    let parser = builder.parser();
    let tally = Arc::new(Tally::default());
    let stop = AtomicBool::new(false);
    let total = sources.bytes();
    let waiting = threads * limits::BLOCKS_WAITING;
    let (to_parse, parsing) = sync_channel::<(u64, Piece)>(waiting);
    let (to_add, adding) = sync_channel::<(u64, Result<Batch>)>(waiting);
    let parsing = Mutex::new(parsing);
    thread::scope(|scope| {
        let reader = scope.spawn({
            let (tally, stop) = (&tally, &stop);
            move || {
                let mut next = 0;
                sources.each(tally, &mut |piece| {
                    let sent = to_parse.send((next, piece)).is_ok();
                    next += 1;
                    sent && !stop.load(Ordering::Relaxed)
                })
            }
        });
        for _ in 0..threads {
            let (to_add, parsing, parser) = (to_add.clone(), &parsing, &parser);
            scope.spawn(move || {
                while let Some((at, piece)) = take(parsing) {
                    let batch = parse(piece, parser);
                    if to_add.send((at, batch)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(to_add);
        let mut added = Ok(());
        let mut early: BTreeMap<u64, Result<Batch>> = BTreeMap::new();
        let mut next = 0;
        let mut rows = 0;
        for (at, batch) in &adding {
            early.insert(at, batch);
            while let Some(batch) = early.remove(&next) {
                next += 1;
                if added.is_err() {
                    continue;
                }
                added = batch.and_then(|batch| {
                    rows += batch.rows();
                    builder.add(batch)
                });
                if added.is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
                progress(&Progress {
                    bytes: tally.bytes.load(Ordering::Relaxed).min(total),
                    bytes_total: total,
                    rows,
                });
            }
        }
        let read = reader
            .join()
            .map_err(|_| Error::internal("the reading thread stopped"))?;
        // What is wrong with an earlier row comes before what is wrong with a later byte.
        added.and(read)
    })?;
    progress(&Progress {
        bytes: total,
        bytes_total: total,
        rows: builder.rows(),
    });
    Ok(())
}

fn take(parsing: &Mutex<Receiver<(u64, Piece)>>) -> Option<(u64, Piece)> {
    let parsing = parsing.lock().unwrap_or_else(PoisonError::into_inner);
    parsing.recv().ok()
}

fn parse(piece: Piece, parser: &Parser) -> Result<Batch> {
    parser.parse(&piece.block()?)
}
