//! A bucket of what speaks S3, written: `If-Match` and `If-None-Match` make the pointer's write conditional.

use std::future::Future;
use std::ops::Range;
use std::path::Path as FilePath;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use nearcast::model::Timestamp;
use nearcast::model::dataset::Etag;
use nearcast::remote;
use nearcast::{Error, Result, limits};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, UpdateVersion, WriteMultipart,
};
use tokio::io::AsyncReadExt as _;
use tokio::runtime::Runtime;

use super::{Bucket, Content, Entry, Expected, Object, Put};
use crate::stores::s3_client;

/// A bucket of what speaks S3. Its calls wait, so it is not for use inside of an async runtime.
#[derive(Debug)]
pub struct S3Bucket {
    client: AmazonS3,
    name: String,
    prefix: String,
    runtime: Runtime,
}

impl S3Bucket {
    /// The bucket at a place.
    ///
    /// # Errors
    /// `Invalid` for settings that do not go together.
    pub fn new(bucket: &remote::Bucket) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::internal("no runtime could be started").with_source(e))?;
        Ok(Self {
            client: s3_client(bucket)?,
            name: bucket.name.clone(),
            prefix: bucket.prefix.clone(),
            runtime,
        })
    }

    fn path(&self, key: &str) -> Result<Path> {
        let full = if self.prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.prefix)
        };
        Path::parse(&full)
            .map_err(|e| Error::internal(format!("{key:?} is not a key")).with_source(e))
    }

    fn key(&self, path: &Path) -> String {
        let path = path.as_ref();
        let own = path.strip_prefix(self.prefix.as_str()).unwrap_or(path);
        own.trim_start_matches('/').to_owned()
    }

    fn wait<T>(
        &self,
        doing: &str,
        key: &str,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T> {
        self.runtime
            .block_on(work)
            .map_err(|e| self.failed(doing, key, e))
    }

    fn failed(&self, doing: &str, key: &str, e: object_store::Error) -> Error {
        let place = self.place();
        match e {
            object_store::Error::NotFound { .. } => {
                Error::not_found(format!("{place}/{key} is not there"))
            }
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Error::upstream(format!(
                "{doing} {place}/{key} is not allowed: check the key and its policy"
            ))
            .with_source(e),
            e => Error::upstream(format!("{doing} {place}/{key}: {e}")).with_source(e),
        }
    }

    async fn upload(&self, path: &Path, file: &FilePath) -> object_store::Result<()> {
        let broken = |e: std::io::Error| object_store::Error::Generic {
            store: "staged file",
            source: Box::new(e),
        };
        let mut file = tokio::fs::File::open(file).await.map_err(broken)?;
        let size = file.metadata().await.map_err(broken)?.len();
        if size <= limits::UPLOAD_WHOLE_BYTES_MAX {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).await.map_err(broken)?;
            return self.upload_whole(path, bytes.into()).await;
        }
        let options = PutMultipartOptions {
            attributes: content_type(path.as_ref()),
            ..PutMultipartOptions::default()
        };
        let upload = self.client.put_multipart_opts(path, options).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, limits::UPLOAD_PART_BYTES);
        let mut bytes = vec![0; limits::UPLOAD_PART_BYTES];
        loop {
            let read = file.read(&mut bytes).await.map_err(broken)?;
            if read == 0 {
                break;
            }
            upload
                .wait_for_capacity(limits::UPLOAD_PARTS_AT_ONCE)
                .await?;
            upload.write(bytes.get(..read).unwrap_or_default());
        }
        upload.finish().await.map(|_| ())
    }

    async fn upload_whole(&self, path: &Path, bytes: Bytes) -> object_store::Result<()> {
        let options = PutOptions {
            attributes: content_type(path.as_ref()),
            ..PutOptions::default()
        };
        let payload = PutPayload::from_bytes(bytes);
        self.client
            .put_opts(path, payload, options)
            .await
            .map(|_| ())
    }
}

impl Bucket for S3Bucket {
    fn place(&self) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("s3://{}{slash}{}", self.name, self.prefix)
    }

    fn datasets(&self) -> Result<Vec<String>> {
        let prefix = (!self.prefix.is_empty()).then(|| Path::from(self.prefix.as_str()));
        let listed = self.wait(
            "listing",
            "",
            self.client.list_with_delimiter(prefix.as_ref()),
        )?;
        let mut names = Vec::new();
        for folder in listed.common_prefixes {
            let name = self.key(&folder);
            let pointer = self.path(&format!("{name}/current.json"))?;
            match self.wait("looking at", &name, self.client.head(&pointer)) {
                Ok(_) => names.push(name),
                Err(e) if e.kind() == nearcast::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        names.sort();
        Ok(names)
    }

    fn get(&self, key: &str, max_bytes: u64) -> Result<Option<Object>> {
        let path = self.path(key)?;
        let work = async {
            let found = match self.client.get(&path).await {
                Ok(found) => found,
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(e) => return Err(e),
            };
            let meta = found.meta.clone();
            if meta.size > max_bytes {
                return Ok(Some((meta, Bytes::new())));
            }
            let bytes = found.bytes().await?;
            Ok(Some((meta, bytes)))
        };
        let Some((meta, bytes)) = self.wait("reading", key, work)? else {
            return Ok(None);
        };
        if meta.size > max_bytes {
            return Err(Error::over_budget(format!(
                "{}/{key} is larger than {max_bytes} bytes",
                self.place()
            )));
        }
        let etag = meta.e_tag.ok_or_else(|| {
            Error::upstream(format!(
                "{} gives no ETag: without one two writers cannot be kept apart",
                self.place()
            ))
        })?;
        Ok(Some(Object {
            bytes,
            etag: Etag(etag),
        }))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let length = range.end - range.start;
        let path = self.path(key)?;
        let bytes = self.wait("reading", key, self.client.get_range(&path, range.clone()))?;
        if bytes.len() as u64 != length {
            return Err(Error::corrupt(format!(
                "{}/{key} ends before byte {}",
                self.place(),
                range.end
            )));
        }
        Ok(bytes)
    }

    fn put(&self, key: &str, content: &Content) -> Result<()> {
        let path = self.path(key)?;
        match content {
            Content::Bytes(bytes) => {
                self.wait("writing", key, self.upload_whole(&path, bytes.clone()))
            }
            Content::File(file) => self.wait("writing", key, self.upload(&path, file)),
        }
    }

    fn put_if(&self, key: &str, bytes: &Bytes, expected: &Expected) -> Result<Put> {
        let path = self.path(key)?;
        let mode = match expected {
            Expected::Absent => PutMode::Create,
            Expected::Etag(Etag(etag)) => PutMode::Update(UpdateVersion {
                e_tag: Some(etag.clone()),
                version: None,
            }),
        };
        let options = PutOptions {
            mode,
            attributes: content_type(key),
            ..PutOptions::default()
        };
        let payload = PutPayload::from_bytes(bytes.clone());
        match self
            .runtime
            .block_on(self.client.put_opts(&path, payload, options))
        {
            Ok(_) => Ok(Put::Done),
            // `NotFound`: the object that was to be replaced was removed.
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. }
                | object_store::Error::NotFound { .. },
            ) => Ok(Put::Conflict),
            Err(e) => Err(self.failed("writing", key, e)),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<Entry>> {
        let full = self.path(prefix.trim_end_matches('/'))?;
        let work = self
            .client
            .list(Some(&full))
            .try_collect::<Vec<ObjectMeta>>();
        let mut entries: Vec<Entry> = self
            .wait("listing", prefix, work)?
            .into_iter()
            .map(|meta| Entry {
                key: self.key(&meta.location),
                size_bytes: meta.size,
                modified: Timestamp(meta.last_modified.timestamp()),
            })
            .filter(|entry| entry.key.starts_with(prefix))
            .collect();
        entries.sort();
        Ok(entries)
    }

    /// None that a listing shows: uploads that were cut off are removed by a lifecycle rule of the bucket.
    fn leftovers(&self, _prefix: &str) -> Result<Vec<Entry>> {
        Ok(Vec::new())
    }

    fn delete(&self, key: &str) -> Result<()> {
        let path = self.path(key)?;
        match self.wait("removing", key, self.client.delete(&path)) {
            Err(e) if e.kind() == nearcast::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

/// What a browser or a proxy is told that an object is.
fn content_type(key: &str) -> Attributes {
    let kind = FilePath::new(key).extension().and_then(|e| e.to_str());
    let kind = match kind {
        Some("json") => "application/json",
        Some("toml") => "application/toml",
        _ => "application/octet-stream",
    };
    let mut attributes = Attributes::new();
    attributes.insert(Attribute::ContentType, kind.into());
    attributes
}
