//! The plainest HTTP client: it sends what it is told, byte for byte, and shows all that came back.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What is sent. Nothing is added but `Content-Length` and `Connection: close`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, sent as they are.
    pub target: String,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers in order, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// The body, taken out of its chunks.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Sends a request and reads the response to its end.
///
/// # Errors
/// A sentence about what went wrong.
pub fn send(address: SocketAddr, request: &Request) -> Result<Response, String> {
    // A server that hangs up on a body that is too long may reset the connection before its answer was read
    // (RFC 9112 section 9.6): then it is asked again, and has to answer in the end.
    let may_be_cut_off = request.body.len() > nearcast::limits::REQUEST_BODY_BYTES_MAX;
    let mut tries = if may_be_cut_off { 10 } else { 1 };
    loop {
        tries -= 1;
        match send_once(address, request) {
            Err(why) if tries > 0 && why.contains("ConnectionReset") => {}
            outcome => return outcome,
        }
    }
}

fn send_once(address: SocketAddr, request: &Request) -> Result<Response, String> {
    let failed = |error: std::io::Error| format!("{} {}: {error}", request.method, request.target);
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .map_err(failed)?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !request.body.is_empty() || request.method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).map_err(failed)?;
    // A server may answer and hang up before it has read a body that is too long.
    let sent = stream.write_all(&request.body);
    let mut received = Vec::new();
    let read = stream.read_to_end(&mut received);
    parse(&received, request.method == "HEAD").map_err(|why| {
        format!(
            "{} {}: {why} (sending: {sent:?}, reading: {read:?})",
            request.method, request.target
        )
    })
}

fn parse(received: &[u8], is_head: bool) -> Result<Response, String> {
    let end = find(received, b"\r\n\r\n").ok_or("the response has no end of its headers")?;
    let (head, rest) = received.split_at(end);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or("the response has no status")?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    let rest = rest.get(4..).unwrap_or_default();
    if is_head || status == 304 || status == 204 {
        return Ok(response);
    }
    response.body = if response.header("transfer-encoding").is_some() {
        unchunk(rest)?
    } else {
        let length = response
            .header("content-length")
            .and_then(|length| length.parse().ok());
        let length = length.unwrap_or(rest.len());
        rest.get(..length)
            .ok_or_else(|| format!("{} of {length} bytes of the body came", rest.len()))?
            .to_vec()
    };
    Ok(response)
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let end = find(rest, b"\r\n").ok_or("a chunk has no size")?;
        let (size, after) = rest.split_at(end);
        let size = String::from_utf8_lossy(size);
        let size = usize::from_str_radix(size.trim(), 16)
            .map_err(|_| format!("{size:?} is no chunk size"))?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(after.get(2..size + 2).ok_or("a chunk is cut off")?);
        rest = after.get(size + 4..).ok_or("a chunk is cut off")?;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_whole_or_not_at_all() {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let response = parse(chunked, false).expect("whole");
        assert_eq!(
            (response.status, response.body.as_slice()),
            (200, &b"abcd"[..])
        );
        assert_eq!(response.header("a"), Some("b"));
        let cut = parse(&chunked[..chunked.len() - 12], false);
        assert!(cut.is_err(), "{cut:?}");
        let short = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", false);
        assert_eq!(short.expect_err("short"), "3 of 9 bytes of the body came");
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true).is_ok());
    }
}
