//! The older transport, `GET /sse` and `POST /messages`: with the Python client that still speaks it, and byte by byte.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nearcast_tests::client;
use nearcast_tests::edge;
use nearcast_tests::process::Server;
use serde_json::{Value, json};

use crate::expected::Set;
use crate::python::{self, Session};
use crate::{SHIPPED, setting};

/// The hashes of `secret-of-ann` and `secret-of-bob`.
const KEYS: &str = "ann:70b418541da77d413246ec0d700eebb8b23852493cfaa4ab4f39009cd68360f0,\
    bob:f6dbcfeb957b327b63c0705f1348f75715f09f5020903b696c43e66a53d0f189";

#[test]
fn the_python_client_gets_right_answers_over_the_older_transport() {
    let server = edge::native(Path::new(SHIPPED), &setting());
    let set = Set::today();
    let calls = set.one_of_each();
    let said = python::ask(&server, &[Session::Events; 2], &calls);
    let base = format!("http://{}", server.address());
    for said in &said {
        let wrong = python::wrong(Session::Events, said, &calls, &base);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let [stream] = said.streams.as_slice() else {
            panic!("not one stream: {said:?}");
        };
        let target = format!("/messages?sessionId={stream}");
        until("the stream ends with its client", || {
            send(&server, "POST", &target, &[], PING).status == 404
        });
    }
}

#[test]
fn the_revision_of_the_transport_is_spoken() {
    let server = edge::native(Path::new(SHIPPED), &setting());
    let mut stream = Stream::open(&server, &[]).expect("a stream");
    let target = stream.target.clone();
    let id = target
        .strip_prefix("/messages?sessionId=")
        .expect("the address");
    assert!(
        id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        "{id}"
    );
    let mut ask = |message: Value, headers: &[(&str, &str)]| {
        let sent = send(&server, "POST", &target, headers, &message.to_string());
        assert_eq!((sent.status, sent.body.len()), (202, 0), "{message}");
        message.get("id").map(|_| stream.message())
    };
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "old", "version": "0"}}});
    let hello = ask(hello, &[]).expect("a reply");
    assert_eq!(hello["result"]["protocolVersion"], "2024-11-05", "{hello}");
    assert_eq!(hello["id"], 1);
    ask(
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        &[],
    );
    let revision = [("MCP-Protocol-Version", "2024-11-05")];
    let call = json!({"jsonrpc": "2.0", "id": "two", "method": "tools/call", "params": {
        "name": "top_n_products", "arguments": {"n": 3}}});
    let answer = ask(call, &revision).expect("a reply");
    assert_eq!(answer["id"], "two");
    let rows = answer["result"]["structuredContent"]["rows"].as_array();
    assert_eq!(rows.map(Vec::len), Some(3), "{answer}");
    let unknown = ask(json!({"jsonrpc": "2.0", "id": 3, "method": "no/such"}), &[]);
    assert_eq!(unknown.expect("a reply")["error"]["code"], -32601);
    // What is no message is refused at once, and the stream goes on.
    assert_eq!(send(&server, "POST", &target, &[], "{").status, 400);
    let big = format!(
        "\"{}\"",
        "x".repeat(nearcast::limits::REQUEST_BODY_BYTES_MAX)
    );
    assert_eq!(send(&server, "POST", &target, &[], &big).status, 413);
    assert!(ask(serde_json::from_str(PING).expect("JSON"), &[]).is_some());
}

#[test]
fn the_same_is_asked_of_a_client_as_at_mcp() {
    let mut locked = setting();
    locked.pairs = vec![("NEARCAST_API_KEYS".into(), KEYS.into())];
    let server = edge::native(Path::new(SHIPPED), &locked);
    let ann = ("Authorization", "Bearer secret-of-ann");
    let bob = ("X-API-Key", "secret-of-bob");
    for (method, path) in [
        ("GET", "/sse"),
        ("POST", "/messages?sessionId=0"),
        ("POST", "/mcp"),
    ] {
        let status = |headers: &[(&str, &str)]| send(&server, method, path, headers, PING).status;
        let nobody = send(&server, method, path, &[], PING);
        assert_eq!(nobody.status, 401, "{path}");
        let challenge = nobody.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains("resource_metadata"), "{challenge}");
        assert_eq!(status(&[("X-API-Key", "wrong")]), 401, "{path}");
        assert_eq!(
            status(&[ann, ("Origin", "https://evil.example")]),
            403,
            "{path}"
        );
        let elsewhere = [("Host", "evil.example"), ann];
        assert_eq!(
            raw(&server, method, path, &elsewhere, PING).status,
            403,
            "{path}"
        );
    }
    let mut stream = Stream::open(&server, &[ann]).expect("a stream");
    let target = stream.target.clone();
    let post = |headers: &[(&str, &str)]| send(&server, "POST", &target, headers, PING).status;
    assert_eq!(post(&[]), 401);
    assert_eq!(post(&[bob]), 404, "another's stream is not there");
    assert_eq!(post(&[ann]), 202);
    assert_eq!(stream.message()["id"], 9);
    for (target, status) in [
        ("/messages", 400),
        ("/messages?sessionId=", 404),
        ("/messages?sessionId=0", 404),
    ] {
        assert_eq!(
            send(&server, "POST", target, &[ann], PING).status,
            status,
            "{target}"
        );
    }
    for (method, path, allow) in [
        ("POST", "/sse", "GET"),
        ("GET", "/messages", "POST"),
        ("GET", "/mcp", "POST"),
    ] {
        let refused = send(&server, method, path, &[ann], PING);
        assert_eq!(
            (refused.status, refused.header("allow")),
            (405, Some(allow)),
            "{method} {path}"
        );
    }
    let log = server.output();
    assert!(
        log.contains("\"/messages\"") && !log.contains("secret-of") && !log.contains(&target),
        "{log}"
    );
}

#[test]
fn streams_end_with_their_clients_and_with_the_server() {
    let server = edge::native(Path::new(SHIPPED), &setting());
    let mut streams: Vec<Stream> = (0..nearcast::limits::LEGACY_STREAMS_MAX)
        .map(|_| Stream::open(&server, &[]).expect("room"))
        .collect();
    assert_eq!(Stream::open(&server, &[]).map(|_| ()), Err(429));
    drop(streams.pop());
    // The server notices soon that a client has gone; then there is room.
    let mut opened = Err(429);
    until("there is room", || {
        opened = Stream::open(&server, &[]);
        opened.is_ok()
    });
    let mut last = opened.expect("room");
    #[cfg(unix)]
    {
        let told = Command::new("kill")
            .args(["-TERM", &server.pid().to_string()])
            .status()
            .expect("kill runs");
        assert!(told.success());
        assert_eq!(last.rest(), "", "it ends without another event");
    }
}

/// Waits for what the server does by itself.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("half a minute went by until {what}");
}

const PING: &str = r#"{"jsonrpc": "2.0", "id": 9, "method": "ping"}"#;

fn send(
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> client::Response {
    let host = server.address().to_string();
    let all: Vec<(&str, &str)> = [("Host", host.as_str())]
        .into_iter()
        .chain(headers.iter().copied())
        .collect();
    raw(server, method, target, &all, body)
}

fn raw(
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> client::Response {
    let json = ("Content-Type", "application/json");
    let request = client::Request {
        method: method.into(),
        target: target.into(),
        headers: headers
            .iter()
            .chain([&json])
            .map(|(n, v)| ((*n).into(), (*v).into()))
            .collect(),
        body: if method == "POST" {
            body.into()
        } else {
            Vec::new()
        },
    };
    client::send(server.address(), &request).expect("an answer")
}

/// An open stream.
struct Stream {
    reader: BufReader<TcpStream>,
    /// Where its messages are posted.
    target: String,
}

impl Stream {
    /// Opens one, or gives the status of the refusal.
    fn open(server: &Server, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let address: SocketAddr = server.address();
        let socket = TcpStream::connect(address).expect("it listens");
        socket
            .set_read_timeout(Some(Duration::from_mins(1)))
            .expect("a socket");
        let mut head =
            format!("GET /sse HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        (&socket)
            .write_all(format!("{head}\r\n").as_bytes())
            .expect("it reads");
        let mut stream = Self {
            reader: BufReader::new(socket),
            target: String::new(),
        };
        let status = stream.line();
        let status: u16 = status
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .expect("a status");
        let mut kind = String::new();
        loop {
            let line = stream.line().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-type: ") {
                value.clone_into(&mut kind);
            }
            if line.is_empty() {
                break;
            }
        }
        if status != 200 {
            return Err(status);
        }
        assert_eq!(kind, "text/event-stream");
        stream.target = stream.event("endpoint");
        Ok(stream)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader
            .read_line(&mut line)
            .expect("a line within a minute");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// The data of the next event; the sizes of HTTP's chunks stand between.
    fn event(&mut self, name: &str) -> String {
        loop {
            let line = self.line();
            if let Some(event) = line.strip_prefix("event: ") {
                assert_eq!(event, name);
                let data = self.line();
                return data.strip_prefix("data: ").expect("data").to_owned();
            }
        }
    }

    fn message(&mut self) -> Value {
        serde_json::from_str(&self.event("message")).expect("JSON")
    }

    /// The lines of events until the server ends it.
    fn rest(&mut self) -> String {
        let mut text = String::new();
        while self
            .reader
            .read_line(&mut text)
            .expect("it ends within a minute")
            > 0
        {}
        text.lines().filter(|line| line.contains(':')).collect()
    }
}
