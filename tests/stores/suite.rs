//! What every store does, whatever it is made of.

use std::collections::BTreeMap;

use bytes::Bytes;
use nearcast::ErrorKind;
use nearcast::model::dataset::{DatasetId, Etag, ObjectKey, VersionId};
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span};
use nearcast_tests::asking::block_on;
use nearcast_tests::stores::Objects;

/// 0, 1, 2 ... 255, 0, 1 ...: every byte says where it lay.
pub(crate) const SIZE: usize = 1_000;

pub(crate) fn pattern(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(|i| (i % 256) as u8).collect()
}

pub(crate) fn key() -> ObjectKey {
    let (dataset, version) = ids();
    ObjectKey::file(&dataset, &version, "pack.parquet").expect("plain")
}

pub(crate) fn ids() -> (DatasetId, VersionId) {
    (
        DatasetId::new("sales").expect("plain"),
        VersionId::new("0123456789abcdef").expect("hex"),
    )
}

pub(crate) fn objects() -> Objects {
    let (dataset, version) = ids();
    BTreeMap::from([
        (key().as_str().to_owned(), Bytes::from(pattern(0, SIZE))),
        (
            ObjectKey::manifest(&dataset, &version).as_str().to_owned(),
            Bytes::new(),
        ),
        (
            ObjectKey::pointer(&dataset).as_str().to_owned(),
            Bytes::from_static(b"{}"),
        ),
    ])
}

pub(crate) fn spec(span: Span) -> ReadSpec {
    ReadSpec {
        key: key(),
        span,
        if_match: None,
    }
}

pub(crate) fn range(from: u64, to: u64) -> ReadSpec {
    spec(Span::Range(from..to))
}

pub(crate) fn read(store: &impl RangeRead, specs: &[ReadSpec]) -> Result<Vec<Chunk>, ErrorKind> {
    block_on(store.read_ranges(specs)).map_err(|error| {
        let text = error.to_string();
        assert!(!text.is_empty() && !text.ends_with('.'), "{text:?}");
        error.kind()
    })
}

pub(crate) fn one(store: &impl RangeRead, spec: ReadSpec) -> Result<Vec<u8>, ErrorKind> {
    let mut chunks = read(store, &[spec])?;
    assert_eq!(chunks.len(), 1);
    Ok(chunks.remove(0).bytes.to_vec())
}

/// What every store does.
pub(crate) fn suite(store: &impl RangeRead) {
    let size = SIZE as u64;
    // Whole objects, up to and with their bound.
    let whole = |max_bytes| spec(Span::Whole { max_bytes });
    assert_eq!(one(store, whole(size)), Ok(pattern(0, SIZE)));
    assert_eq!(one(store, whole(u64::MAX)), Ok(pattern(0, SIZE)));
    assert_eq!(one(store, whole(size - 1)), Err(ErrorKind::Corrupt));

    // Ranges, their ends excluded.
    for (from, to) in [
        (0, 1),
        (0, 1000),
        (7, 300),
        (999, 1000),
        (500, 500),
        (0, 0),
        (1000, 1000),
    ] {
        assert_eq!(
            one(store, range(from, to)),
            Ok(pattern(from as usize, to as usize)),
            "{from}..{to}"
        );
    }
    for (from, to) in [
        (0, 1001),
        (999, 1001),
        (1000, 1001),
        (1001, 1001),
        (5000, 6000),
        (0, u64::MAX),
        (u64::MAX, u64::MAX),
    ] {
        assert_eq!(
            one(store, range(from, to)),
            Err(ErrorKind::Corrupt),
            "{from}..{to}"
        );
    }
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "what a broken manifest may ask for"
    )]
    let reversed = spec(Span::Range(10..5));
    assert_eq!(one(store, reversed), Err(ErrorKind::Corrupt));

    // The last bytes; more than there are is all of them.
    for (bytes, from) in [(0, 1000), (1, 999), (8, 992), (1000, 0), (u64::MAX, 0)] {
        assert_eq!(
            one(store, spec(Span::Suffix { bytes })),
            Ok(pattern(from, SIZE)),
            "the last {bytes}"
        );
    }

    // The first bytes; more than there are is all of them.
    for (bytes, to) in [
        (0, 0),
        (1, 1),
        (64, 64),
        (1000, 1000),
        (1001, 1000),
        (u64::MAX, 1000),
    ] {
        assert_eq!(
            one(store, spec(Span::Prefix { bytes })),
            Ok(pattern(0, to)),
            "the first {bytes}"
        );
    }

    // An object without bytes is there.
    let (dataset, version) = ids();
    let empty = |span| ReadSpec {
        key: ObjectKey::manifest(&dataset, &version),
        span,
        if_match: None,
    };
    assert_eq!(
        one(store, empty(Span::Whole { max_bytes: 0 })),
        Ok(Vec::new())
    );
    assert_eq!(one(store, empty(Span::Suffix { bytes: 9 })), Ok(Vec::new()));
    assert_eq!(one(store, empty(Span::Prefix { bytes: 9 })), Ok(Vec::new()));
    assert_eq!(
        one(store, empty(Span::Range(0..1))),
        Err(ErrorKind::Corrupt)
    );

    // What is not there, whatever is asked of it; one that is missing fails the round.
    let other = VersionId::new("ffffffffffffffff").expect("hex");
    for span in [
        Span::Whole { max_bytes: 9 },
        Span::Range(0..1),
        Span::Suffix { bytes: 1 },
        Span::Prefix { bytes: 1 },
    ] {
        let missing = ReadSpec {
            key: ObjectKey::manifest(&dataset, &other),
            span,
            if_match: None,
        };
        assert_eq!(one(store, missing.clone()), Err(ErrorKind::NotFound));
        assert_eq!(
            read(store, &[range(0, 1), missing]).expect_err("one is missing"),
            ErrorKind::NotFound
        );
    }

    // Several reads come back in the order of the asking, of one state of the object.
    let many: Vec<ReadSpec> = (0..40).rev().map(|i| range(i * 25, i * 25 + 25)).collect();
    let chunks = read(store, &many).expect("all are there");
    let etag = chunks[0].etag.clone();
    for (chunk, i) in chunks.iter().zip((0..40).rev()) {
        assert_eq!(chunk.bytes, pattern(i * 25, i * 25 + 25));
        assert_eq!(chunk.etag, etag);
    }
    assert_eq!(read(store, &[]), Ok(Vec::new()));

    // A read may insist on the state that it has seen.
    let etag = etag.expect("these stores know the state of an object");
    let insisting = |etag: &Etag| ReadSpec {
        if_match: Some(etag.clone()),
        ..range(3, 5)
    };
    assert_eq!(one(store, insisting(&etag)), Ok(vec![3, 4]));
    let wrong = Etag("\"of nothing\"".into());
    assert_eq!(one(store, insisting(&wrong)), Err(ErrorKind::Stale));

    // Reads at once do not mix.
    block_on(async {
        let rounds: Vec<[ReadSpec; 1]> = (0..20).map(|i| [range(i, i + 10)]).collect();
        let reads = rounds.iter().map(|specs| store.read_ranges(specs));
        for (i, read) in join_all(reads).await.into_iter().enumerate() {
            assert_eq!(read.expect("there")[0].bytes, pattern(i, i + 10));
        }
    });
}

/// Polls all futures in turn, so that they run side by side.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, output) in &mut running {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(cx)
            {
                *output = Some(done);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}
