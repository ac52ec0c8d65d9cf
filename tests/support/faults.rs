//! An HTTP server of objects that misbehaves on demand, and writes down what it was asked.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::stores::Objects;

/// What goes wrong with one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Another status, with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// The body ends after so many bytes, though its headers promise all.
    Truncated(usize),
    /// The connection is closed without an answer.
    HungUp,
    /// No answer comes, ever.
    Silent,
    /// After so many bytes of the body no more come, ever.
    Stalled(usize),
    /// Whatever is asked, all of the object comes.
    NoRanges,
    /// As [`Fault::NoRanges`], and without saying how long it is.
    NoLength,
    /// `If-Match` is not looked at.
    NoConditions,
}

impl Fault {
    /// "Too busy", with a wait.
    #[must_use]
    pub fn busy(status: u16, retry_after: &str) -> Self {
        Self::Status(status, vec![("Retry-After", retry_after.to_owned())])
    }
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Method and target, as in `GET /demo/current.json`.
    pub line: String,
    /// Headers, names in lowercase.
    pub headers: Vec<(String, String)>,
}

impl Seen {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct State {
    objects: Objects,
    next: VecDeque<Fault>,
    always: Option<Fault>,
    seen: Vec<Seen>,
}

/// The server; it ends with the process.
#[derive(Debug, Clone)]
pub struct FaultServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl FaultServer {
    /// Serves these objects under `/base`.
    ///
    /// # Panics
    /// If no port is free.
    #[must_use]
    pub fn start(objects: &Objects) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let server = Self {
            address: listener.local_addr().expect("it is bound"),
            state: Arc::new(Mutex::new(State {
                objects: objects.clone(),
                ..State::default()
            })),
        };
        let state = Arc::clone(&server.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&state);
                // A client that hangs up is its own business.
                std::thread::spawn(move || answer(stream, &state).ok());
            }
        });
        server
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The prefix of its objects.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}/base", self.address)
    }

    /// What goes wrong with the next answers, one each.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().next.extend(faults);
    }

    /// What goes wrong with every answer from now on.
    pub fn fail_always(&self, fault: impl Into<Option<Fault>>) {
        self.lock().always = fault.into();
    }

    /// The requests since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.lock().seen)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn request(stream: &mut TcpStream) -> std::io::Result<Seen> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let line = lines
        .next()
        .unwrap_or_default()
        .trim_end_matches(" HTTP/1.1");
    Ok(Seen {
        line: line.to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
    })
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let seen = request(&mut stream)?;
    let (fault, object) = {
        let mut state = lock(state);
        let fault = state.next.pop_front().or_else(|| state.always.clone());
        let path = seen.line.split(' ').nth(1).unwrap_or_default();
        let object = path
            .strip_prefix("/base/")
            .and_then(|key| state.objects.get(key))
            .cloned();
        state.seen.push(seen.clone());
        (fault, object)
    };
    let head_only = seen.line.starts_with("HEAD ");
    match &fault {
        Some(Fault::HungUp) => return Ok(()),
        Some(Fault::Silent) => return stall(&mut stream),
        Some(Fault::Status(status, headers)) => {
            let lines: String = headers
                .iter()
                .map(|(n, v)| format!("{n}: {v}\r\n"))
                .collect();
            return head(
                &mut stream,
                *status,
                &format!("{lines}Content-Length: 0\r\n"),
            );
        }
        _ => {}
    }
    let Some(object) = object else {
        return head(&mut stream, 404, "Content-Length: 0\r\n");
    };
    let etag = format!(
        "\"{:08x}\"",
        object
            .iter()
            .fold(object.len(), |h, b| h.wrapping_mul(31) ^ usize::from(*b)) as u32
    );
    let wanted = seen
        .header("if-match")
        .filter(|_| fault != Some(Fault::NoConditions));
    if wanted.is_some_and(|wanted| wanted != etag) {
        return head(&mut stream, 412, "Content-Length: 0\r\n");
    }
    let size = object.len() as u64;
    let ranges = !matches!(fault, Some(Fault::NoRanges | Fault::NoLength));
    let range = seen.header("range").filter(|_| ranges);
    let (status, body, said) = match range.map(|range| span(range, size)) {
        None => (200, object.slice(..), String::new()),
        Some(Some((from, to))) => (
            206,
            object.slice(from as usize..to as usize),
            format!("Content-Range: bytes {from}-{}/{size}\r\n", to - 1),
        ),
        Some(None) => {
            let said = format!("Content-Range: bytes */{size}\r\nContent-Length: 0\r\n");
            return head(&mut stream, 416, &said);
        }
    };
    let length = match fault {
        Some(Fault::NoLength) => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    head(
        &mut stream,
        status,
        &format!("{said}{length}ETag: {etag}\r\n"),
    )?;
    if head_only {
        return Ok(());
    }
    match fault {
        Some(Fault::Truncated(bytes)) => stream.write_all(&body[..bytes.min(body.len())]),
        Some(Fault::Stalled(bytes)) => {
            stream.write_all(&body[..bytes.min(body.len())])?;
            stall(&mut stream)
        }
        _ => stream.write_all(&body),
    }
}

/// Waits until the client gives up.
fn stall(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.flush()?;
    while stream.read(&mut [0; 64])? > 0 {}
    Ok(())
}

fn head(stream: &mut TcpStream, status: u16, lines: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\nDate: Wed, 21 Oct 2026 07:28:00 GMT\r\nConnection: close\r\n{lines}\r\n"
    )
}

/// The first byte of a range and the one behind its last; `None` if there is none (RFC 9110, 14.1.2).
fn span(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, size.min(last.checked_add(1)?)),
        (Ok(first), Err(_)) => (first, size),
        (Err(_), Ok(last)) => (size.saturating_sub(last), size),
        (Err(_), Err(_)) => return None,
    };
    (from < to).then_some((from, to))
}
