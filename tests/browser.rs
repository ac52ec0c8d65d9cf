//! The page, and the MCP App inside of a host, in headless Chromium, against the server as people start it:
//! `browser/check.mjs` and `browser/app.mjs` look, this only starts and ends things.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The server, ended when the test ends, however it ends.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nearcast"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let greeting = child.stdout.take().expect("a piped standard output");
        let address = BufReader::new(greeting).lines().find_map(|line| {
            let line = line.expect("text");
            line.strip_prefix("listening on ").map(str::to_owned)
        });
        let mut server = Self {
            child,
            url: String::new(),
        };
        server.url = address.expect("the server says where it listens") + "/";
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_page_works_in_a_browser() {
    looks("check.mjs");
}

#[test]
fn the_app_draws_every_answer_inside_of_a_host() {
    looks("app.mjs");
}

/// Runs a look at a server of its own.
fn looks(script: &str) {
    let node = nearcast_tests::install::node();
    let server = Server::start();
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    let seen = Command::new(node)
        .arg(root().join("tests/browser").join(script))
        .arg(&server.url)
        .arg(&pictures)
        .output()
        .expect("node runs: install Node.js 20 or newer");
    assert!(
        seen.status.success(),
        "{}{}pictures: {}",
        String::from_utf8_lossy(&seen.stdout),
        String::from_utf8_lossy(&seen.stderr),
        pictures.display()
    );
}
