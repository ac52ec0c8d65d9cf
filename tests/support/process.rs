//! Servers under test: started, waited for, and ended with the test.

use std::io::{BufRead as _, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A server that this test started.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    address: SocketAddr,
    child: Child,
    stdin: Option<ChildStdin>,
    output: Arc<Mutex<String>>,
    stops_with_input: bool,
}

impl Server {
    /// Starts a server and waits for the line in which it says `http://ADDRESS`.
    ///
    /// # Panics
    /// If it cannot be started, ends, or is not ready within the time; its output is shown then.
    #[must_use]
    pub fn start(name: &'static str, command: &mut Command, ready_within: Duration) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started with {command:?}: {error}"));
        let output = Arc::default();
        let (sender, addresses) = mpsc::channel();
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let (output, sender) = (Arc::clone(&output), sender.clone());
            std::thread::spawn(move || follow(stream, &output, &sender));
        }
        drop(sender);
        let stdin = child.stdin.take();
        let address = match addresses.recv_timeout(ready_within) {
            Ok(address) => address,
            Err(why) => {
                // Best effort: it may have ended by itself.
                let _ = child.kill();
                let what = match why {
                    RecvTimeoutError::Timeout => format!("was not ready within {ready_within:?}"),
                    RecvTimeoutError::Disconnected => "ended before it was ready".to_owned(),
                };
                panic!("{name} {what}; it said:\n{}", text(&output));
            }
        };
        Self {
            name,
            address,
            child,
            stdin,
            output,
            stops_with_input: false,
        }
    }

    /// Says that the server ends, with all that it has started, when its input does.
    #[must_use]
    pub fn that_stops_with_its_input(mut self) -> Self {
        self.stops_with_input = true;
        self
    }

    /// Its name in messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed until now.
    #[must_use]
    pub fn output(&self) -> String {
        text(&self.output)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        if self.stops_with_input {
            for _ in 0..100 {
                if matches!(self.child.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        // Best effort: it may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on at the moment.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

fn text(output: &Mutex<String>) -> String {
    output
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

fn follow(stream: impl Read, output: &Mutex<String>, sender: &Sender<SocketAddr>) {
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        // The first address that is said is the one; later ones find nobody listening to the channel.
        if let Some(address) = announced(&line) {
            let _ = sender.send(address);
        }
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        output.push_str(&line);
        output.push('\n');
    }
}

fn announced(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '[' | ']')))
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_servers_say() {
        for line in [
            "listening on http://127.0.0.1:81",
            "[wrangler:info] Ready on http://127.0.0.1:81\u{1b}[0m",
            "open http://127.0.0.1:81/ in a browser",
        ] {
            assert_eq!(announced(line), Some(([127, 0, 0, 1], 81).into()), "{line}");
        }
        assert_eq!(announced("see http://example.com/docs"), None);
    }

    #[test]
    #[should_panic(expected = "ended before it was ready; it said:\nno such thing")]
    fn a_server_that_ends_shows_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such thing"]);
        let _ = Server::start("sh", &mut command, Duration::from_secs(20));
    }
}
