//! A real S3 server that checks signatures and policies: moto, from PyPI, in an environment under `target/`.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use nearcast::config::{S3Key, S3Settings};
use nearcast::remote::{Bucket, Credentials, Place, sign};
use nearcast_native::serve::now;
use nearcast_native::stores::s3_client;
use object_store::{ObjectStoreExt as _, PutPayload, path::Path};

use crate::asking::block_on;
use crate::client::{self, Request};
use crate::install;
use crate::process::{Server, free_port};
use crate::stores::Objects;

/// The calls below: until they are done nobody has a key.
const CALLS_WITHOUT_KEY: &str = "6";
/// May do everything.
const WRITER: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// What SECURITY.md says that reading needs.
const READER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}"#;

/// The server, with a bucket `sales`.
#[derive(Debug)]
pub struct Moto {
    server: Server,
    /// May do everything.
    pub writer: Credentials,
    /// May read and list.
    pub reader: Credentials,
}

impl Moto {
    /// Starts it.
    ///
    /// # Panics
    /// If it cannot be installed or started.
    #[must_use]
    pub fn start() -> Self {
        let python = install::python("moto", "tests/stores/requirements.txt");
        let mut command = Command::new(python.with_file_name("moto_server"));
        command
            .env("INITIAL_NO_AUTH_ACTION_COUNT", CALLS_WITHOUT_KEY)
            .args(["-H", "127.0.0.1", "-p", &free_port().to_string()]);
        let server = Server::start("moto", &mut command, Duration::from_secs(60));
        let writer = user(server.address(), "writer", WRITER);
        let reader = user(server.address(), "reader", READER);
        let moto = Self {
            server,
            writer,
            reader,
        };
        let bucket = moto.bucket("", &moto.writer);
        let mut request = http::Request::put(format!("{}/{}", bucket.endpoint, bucket.name))
            .body(())
            .expect("a request");
        sign(&mut request, &moto.writer, &bucket.region, now()).expect("signed");
        let made = moto.send(&Request {
            method: "PUT".into(),
            target: request.uri().path().into(),
            headers: headers(&request, moto.server.address()),
            body: Vec::new(),
        });
        assert_eq!(made.0, 200, "{}", made.1);
        moto
    }

    /// The bucket's settings, for a key.
    ///
    /// # Panics
    /// Never: they are well formed.
    #[must_use]
    pub fn bucket(&self, prefix: &str, key: &Credentials) -> Bucket {
        let settings = S3Settings {
            endpoint: Some(self.endpoint()),
            key: Some(S3Key {
                id: key.key_id.clone(),
                secret: key.secret.as_str().into(),
                session_token: None,
            }),
            ..S3Settings::default()
        };
        match Place::parse(&format!("s3://sales/{prefix}"), &settings) {
            Ok(Place::Bucket(bucket)) => bucket,
            other => panic!("{other:?}"),
        }
    }

    /// Where it answers.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Puts objects under a prefix, with the client that publishes use.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn put(&self, prefix: &str, objects: &Objects) {
        let client = s3_client(&self.bucket(prefix, &self.writer)).expect("a client");
        block_on(async {
            for (key, bytes) in objects {
                let path = Path::from(format!("{prefix}/{key}"));
                let put = client.put(&path, PutPayload::from(bytes.clone())).await;
                put.unwrap_or_else(|error| panic!("{key}: {error}"));
            }
        });
    }

    fn send(&self, request: &Request) -> (u16, String) {
        let answer = client::send(self.server.address(), request).expect("an answer");
        (
            answer.status,
            String::from_utf8_lossy(&answer.body).into_owned(),
        )
    }
}

fn headers(request: &http::Request<()>, address: SocketAddr) -> Vec<(String, String)> {
    let mut headers = vec![("Host".to_owned(), address.to_string())];
    headers.extend(request.headers().iter().map(|(name, value)| {
        let value = value.to_str().expect("text");
        (name.to_string(), value.to_owned())
    }));
    headers
}

/// A user with a policy, and a key for it.
fn user(address: SocketAddr, name: &str, policy: &str) -> Credentials {
    let policy: String = http_encoded(policy);
    let mut said = String::new();
    for call in [
        format!("Action=CreateUser&UserName={name}"),
        format!("Action=PutUserPolicy&UserName={name}&PolicyName=own&PolicyDocument={policy}"),
        format!("Action=CreateAccessKey&UserName={name}"),
    ] {
        let request = Request {
            method: "POST".into(),
            target: "/".into(),
            headers: vec![
                ("Host".into(), address.to_string()),
                ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
                // Which service is meant; no key exists yet that could sign it.
                (
                    "Authorization".into(),
                    "AWS4-HMAC-SHA256 Credential=none/20200101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none".into(),
                ),
            ],
            body: format!("{call}&Version=2010-05-08").into_bytes(),
        };
        let answer = client::send(address, &request).expect("an answer");
        said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{call}: {said}");
    }
    let field = |name: &str| {
        let (_, rest) = said.split_once(&format!("<{name}>")).expect("a field");
        rest.split('<').next().expect("a value").to_owned()
    };
    Credentials {
        key_id: field("AccessKeyId"),
        secret: field("SecretAccessKey"),
        session_token: None,
    }
}

fn http_encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02x}")).collect()
}
