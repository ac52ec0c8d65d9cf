//! Buckets and web prefixes: the core's store over this machine's sockets, timers and keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use nearcast::remote::{self, Bucket, Credentials, Trouble, Web, Wire};
use nearcast::{Error, Result};
use object_store::aws::AwsCredentialProvider;

use super::client::WebClient;
use super::s3::s3_client_over;
use crate::serve::now;

/// Objects behind HTTP.
pub type RemoteStore = remote::RemoteStore<NativeWire>;

/// The objects of a bucket.
///
/// # Errors
/// As [`super::s3_client`].
pub fn bucket_store(bucket: &Bucket) -> Result<RemoteStore> {
    let client = WebClient::new()?;
    // It knows every way to a key; the reads themselves are the same here as on the other hosts.
    let keys = s3_client_over(bucket, client.clone())?;
    let wire = NativeWire {
        client,
        signing: Some(Arc::new(Signing {
            bucket: bucket.name.clone(),
            region: bucket.region.clone(),
            keys: Arc::clone(keys.credentials()),
        })),
        started: Instant::now(),
    };
    Ok(RemoteStore::new(wire, bucket.web()))
}

/// The objects under a web prefix that anyone may read.
///
/// # Errors
/// `Internal` if TLS cannot be set up.
pub fn web_store(web: Web) -> Result<RemoteStore> {
    let wire = NativeWire {
        client: WebClient::new()?,
        signing: None,
        started: Instant::now(),
    };
    Ok(RemoteStore::new(wire, web))
}

/// This machine's sockets, timers and keys.
#[derive(Debug, Clone)]
pub struct NativeWire {
    client: WebClient,
    signing: Option<Arc<Signing>>,
    started: Instant,
}

#[derive(Debug)]
struct Signing {
    bucket: String,
    region: String,
    keys: AwsCredentialProvider,
}

impl Wire for NativeWire {
    type Incoming = Incoming;

    async fn sign(&self, request: &mut Request<()>) -> Result<()> {
        let Some(signing) = &self.signing else {
            return Ok(());
        };
        let key = signing.keys.get_credential().await.map_err(|e| {
            Error::upstream(format!(
                "there is no key to the bucket {}: set NEARCAST_S3_ACCESS_KEY_ID and its secret, or give this machine a role",
                signing.bucket
            ))
            .with_source(e)
        })?;
        let key = Credentials {
            key_id: key.key_id.clone(),
            secret: key.secret_key.clone(),
            session_token: key.token.clone(),
        };
        remote::sign(request, &key, &signing.region, now())
    }

    async fn send(&self, request: Request<()>) -> Result<Response<Incoming>, Trouble> {
        let sent = self.client.get(request).await;
        sent.map_err(|e| Trouble::new(format!("storage cannot be reached: {}", innermost(&e))))
    }

    async fn more(&self, body: &mut Incoming) -> Result<Option<Bytes>, Trouble> {
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|e| Trouble::new(format!("storage broke off: {}", innermost(&e))))?;
            // Trailers say nothing here.
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    async fn wait(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> u64 {
        rand::random()
    }
}

/// The cause at the bottom: the ones above only say that there was an error.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
