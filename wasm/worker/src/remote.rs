//! A web prefix: the core's store over the platform's fetch.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{Request, Response};
use nearcast::Result;
use nearcast::remote::{RemoteStore, Trouble, Web, Wire};
use worker::{
    ByteStream, Date, Delay, Error, Fetch, Headers, Method, RequestInit, RequestRedirect,
};

use crate::exchange::headers;
use crate::store::READS_AT_ONCE;

/// The objects under a web prefix that anyone may read.
pub(crate) fn web_store(web: Web) -> RemoteStore<FetchWire> {
    RemoteStore::new(FetchWire, web).with_reads_at_once(READS_AT_ONCE)
}

/// The platform's fetch.
#[derive(Debug)]
pub(crate) struct FetchWire;

impl FetchWire {
    async fn fetch(&self, request: Request<()>) -> worker::Result<Response<Option<ByteStream>>> {
        let to = Headers::new();
        for (name, value) in request.headers() {
            let value = value
                .to_str()
                .map_err(|error| Error::RustError(error.to_string()))?;
            to.set(name.as_str(), value)?;
        }
        let is_head = request.method() == http::Method::HEAD;
        let mut init = RequestInit::new();
        init.with_headers(to)
            .with_method(if is_head { Method::Head } else { Method::Get })
            .with_redirect(RequestRedirect::Manual);
        let request = worker::Request::new_with_init(&request.uri().to_string(), &init)?;
        let mut answer = Fetch::Request(request).send().await?;
        let mut response = Response::new(None);
        *response.status_mut() = http::StatusCode::from_u16(answer.status_code())
            .map_err(|error| Error::RustError(error.to_string()))?;
        *response.headers_mut() = headers(&answer.headers().0)?;
        // The platform has unpacked the body; what its headers say is of the packed one.
        if response.headers_mut().remove(CONTENT_ENCODING).is_some() {
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        // An answer without a body has no stream.
        *response.body_mut() = answer.stream().ok();
        Ok(response)
    }
}

impl Wire for FetchWire {
    type Incoming = Option<ByteStream>;

    async fn sign(&self, _request: &mut Request<()>) -> Result<()> {
        Ok(())
    }

    async fn send(&self, request: Request<()>) -> Result<Response<Self::Incoming>, Trouble> {
        self.fetch(request)
            .await
            .map_err(|error| Trouble::new(format!("storage cannot be reached: {error}")))
    }

    async fn more(&self, body: &mut Self::Incoming) -> Result<Option<Bytes>, Trouble> {
        let Some(stream) = body else { return Ok(None) };
        match stream.next().await {
            Some(Ok(bytes)) => Ok(Some(bytes.into())),
            Some(Err(error)) => Err(Trouble::new(format!("storage broke off: {error}"))),
            None => Ok(None),
        }
    }

    async fn wait(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }

    /// This clock goes on while the Worker waits, which is when it matters.
    fn elapsed_ms(&self) -> u64 {
        Date::now().as_millis()
    }

    fn clock_runs(&self) -> bool {
        false
    }

    fn random(&self) -> u64 {
        worker::js_sys::Math::random().to_bits()
    }
}
