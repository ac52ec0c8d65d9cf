//! A store of objects behind HTTP. What is the host's (sockets, timers, clock, keys) is its [`Wire`]; the rest is here, so
//! that every host reads, waits and gives up alike.

use std::future::Future;
use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::{Request, Response};

use super::exchange::{self, Body, Failure};
use super::place::Web;
use super::retry::{Retry, Trouble};
use crate::error::{Error, Result};
use crate::limits;
use crate::shell::{Chunk, RangeRead, ReadSpec, Tick};

/// What a host does for a [`RemoteStore`].
pub trait Wire {
    /// A body that is being received.
    type Incoming;

    /// Signs the request, where the place wants that.
    ///
    /// # Errors
    /// Whatever keeps a key from being at hand.
    fn sign(&self, request: &mut Request<()>) -> impl Future<Output = Result<()>>;

    /// Sends a request without a body, once, following no redirect.
    ///
    /// # Errors
    /// What kept the head of an answer from coming.
    fn send(
        &self,
        request: Request<()>,
    ) -> impl Future<Output = Result<Response<Self::Incoming>, Trouble>>;

    /// The next bytes of a body; `None` at its end.
    ///
    /// # Errors
    /// What broke the body off.
    fn more(
        &self,
        body: &mut Self::Incoming,
    ) -> impl Future<Output = Result<Option<Bytes>, Trouble>>;

    /// Waits.
    fn wait(&self, ms: u64) -> impl Future<Output = ()>;

    /// Milliseconds since some point that stays the same.
    fn elapsed_ms(&self) -> u64;

    /// Whether that goes on while the host computes.
    fn clock_runs(&self) -> bool {
        true
    }

    /// A random number.
    fn random(&self) -> u64;
}

/// Objects under a prefix of web addresses.
#[derive(Debug, Clone)]
pub struct RemoteStore<W> {
    wire: W,
    base: Web,
    at_once: usize,
}

impl<W: Wire> RemoteStore<W> {
    /// The objects under this prefix.
    pub const fn new(wire: W, base: Web) -> Self {
        Self {
            wire,
            base,
            at_once: limits::STORE_READS_AT_ONCE,
        }
    }

    /// With at most so many reads under way at the same time.
    #[must_use]
    pub const fn with_reads_at_once(mut self, at_once: usize) -> Self {
        self.at_once = at_once;
        self
    }

    async fn read(&self, spec: &ReadSpec) -> Result<Chunk> {
        let started_ms = self.wire.elapsed_ms();
        let mut retry = Retry::of_read(self.wire.random());
        loop {
            let trouble = match self.attempt(spec).await {
                Ok(chunk) => return Ok(chunk),
                Err(Failure::Over(error)) => return Err(error),
                Err(Failure::Again(trouble)) => trouble,
            };
            let elapsed_ms = self.wire.elapsed_ms().saturating_sub(started_ms);
            let wait_ms = retry.next(&trouble, elapsed_ms)?;
            tracing::debug!(key = %spec.key, wait_ms, why = trouble.why, "a read is tried again");
            self.wire.wait(wait_ms).await;
        }
    }

    async fn attempt(&self, spec: &ReadSpec) -> Result<Chunk, Failure> {
        let mut request = exchange::request(spec, &self.base)?;
        self.wire.sign(&mut request).await?;
        let response = self.wire.send(request).await.map_err(Failure::Again)?;
        let (head, mut incoming) = response.into_parts();
        let mut body = Body::begin(spec, head.status.as_u16(), &head.headers)?;
        while !body.is_enough()
            && let Some(bytes) = self
                .wire
                .more(&mut incoming)
                .await
                .map_err(Failure::Again)?
        {
            body.push(&bytes)?;
        }
        body.finish()
    }
}

impl<W: Wire> RangeRead for RemoteStore<W> {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        let reads: Vec<_> = specs.iter().map(|spec| self.read(spec)).collect();
        let all = pin!(stream::iter(reads).buffered(self.at_once).try_collect());
        let limit = pin!(self.wire.wait(limits::READ_ROUND_TIME_S * 1_000));
        match select(all, limit).await {
            Either::Left((chunks, _)) => chunks,
            Either::Right(((), _)) => Err(Error::upstream(format!(
                "storage did not answer within {} s: try again later",
                limits::READ_ROUND_TIME_S
            ))),
        }
    }

    fn tick(&self) -> Option<Tick> {
        Some(Tick {
            us: self.wire.elapsed_ms().saturating_mul(1_000),
            runs: self.wire.clock_runs(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::config::S3Settings;
    use crate::error::ErrorKind;
    use crate::model::dataset::{DatasetId, ObjectKey};
    use crate::remote::place::Place;
    use crate::shell::Span;

    /// What the server does next: a status and its headers, and the pieces of a body.
    type Script = (u16, Vec<(&'static str, &'static str)>, Vec<&'static [u8]>);

    /// A wire without a world: the clock goes on only by waiting and by a cost for each request.
    #[derive(Debug, Default)]
    struct Fake {
        clock_ms: Cell<u64>,
        request_ms: u64,
        sent: Cell<u32>,
        script: RefCell<VecDeque<Script>>,
    }

    impl Wire for Fake {
        type Incoming = VecDeque<&'static [u8]>;

        async fn sign(&self, request: &mut Request<()>) -> Result<()> {
            request
                .headers_mut()
                .insert("x-signed", "yes".parse().expect("text"));
            Ok(())
        }

        async fn send(&self, request: Request<()>) -> Result<Response<Self::Incoming>, Trouble> {
            assert_eq!(request.headers()["x-signed"], "yes");
            self.sent.set(self.sent.get() + 1);
            self.clock_ms.set(self.clock_ms.get() + self.request_ms);
            let Some((status, headers, body)) = self.script.borrow_mut().pop_front() else {
                return Err(Trouble::new("storage cannot be reached"));
            };
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(body.into()).expect("a response"))
        }

        async fn more(&self, body: &mut Self::Incoming) -> Result<Option<Bytes>, Trouble> {
            match body.pop_front() {
                Some(b"reset") => Err(Trouble::new("the connection was reset")),
                piece => Ok(piece.map(Bytes::from_static)),
            }
        }

        async fn wait(&self, ms: u64) {
            // The limit of the whole round would wait as long as this; here nothing ever hangs.
            if ms >= limits::READ_ROUND_TIME_S * 1_000 {
                return std::future::pending().await;
            }
            self.clock_ms.set(self.clock_ms.get() + ms);
        }

        fn elapsed_ms(&self) -> u64 {
            self.clock_ms.get()
        }

        fn random(&self) -> u64 {
            4
        }
    }

    fn run(fake: Fake) -> (Result<Vec<Chunk>>, Fake) {
        let Ok(Place::Web(web)) = Place::parse("https://example.com", &S3Settings::default())
        else {
            panic!("a web address");
        };
        let store = RemoteStore::new(fake, web);
        let spec = ReadSpec {
            key: ObjectKey::pointer(&DatasetId::new("demo").expect("plain")),
            span: Span::Range(0..3),
            if_match: None,
        };
        let specs = [spec];
        let mut read = Box::pin(store.read_ranges(&specs));
        let polled = read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(read);
        let Poll::Ready(read) = polled else {
            panic!("nothing here waits");
        };
        (read, store.wire)
    }

    fn scripted(script: Vec<Script>, request_ms: u64) -> Fake {
        Fake {
            request_ms,
            script: RefCell::new(script.into()),
            ..Fake::default()
        }
    }

    fn good() -> Script {
        (
            206,
            vec![("content-range", "bytes 0-2/9")],
            vec![b"a", b"bc"],
        )
    }

    #[test]
    fn trouble_is_tried_again_until_it_passes() {
        let busy = |status| (status, vec![("retry-after", "1")], vec![]);
        let cut = (
            206,
            vec![("content-range", "bytes 0-2/9")],
            vec![&b"a"[..], b"reset"],
        );
        let short = (
            206,
            vec![("content-range", "bytes 0-2/9")],
            vec![&b"ab"[..]],
        );
        let (read, fake) = run(scripted(vec![busy(429), busy(503), cut, short, good()], 1));
        assert_eq!(read.expect("in the end").remove(0).bytes, "abc");
        assert_eq!(fake.sent.get(), 5);
        assert!(fake.clock_ms.get() >= 2_000, "asked to wait a second twice");
    }

    #[test]
    fn trouble_that_stays_ends_after_its_attempts() {
        let (read, fake) = run(Fake::default());
        let error = read.expect_err("nobody there");
        assert_eq!(error.kind(), ErrorKind::Upstream);
        assert!(error.to_string().contains("cannot be reached"), "{error}");
        assert_eq!(fake.sent.get(), limits::STORE_ATTEMPTS_MAX);
    }

    #[test]
    fn trouble_that_takes_its_time_ends_with_the_time() {
        let (read, fake) = run(scripted(Vec::new(), 6_000));
        assert_eq!(read.expect_err("too slow").kind(), ErrorKind::Upstream);
        assert_eq!(fake.sent.get(), 2);
        let long = (503, vec![("retry-after", "60")], vec![]);
        let (read, fake) = run(scripted(vec![long, good()], 1));
        assert!(read.expect_err("too long").to_string().contains("60 s"));
        assert_eq!(fake.sent.get(), 1);
    }

    #[test]
    fn refusals_are_not_tried_again() {
        for (status, kind) in [
            (404, ErrorKind::NotFound),
            (403, ErrorKind::Upstream),
            (412, ErrorKind::Stale),
        ] {
            let (read, fake) = run(scripted(vec![(status, vec![], vec![]), good()], 1));
            assert_eq!(read.expect_err("refused").kind(), kind);
            assert_eq!(fake.sent.get(), 1);
        }
    }
}
