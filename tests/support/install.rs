//! What the tests need beyond Rust: installed and built here, under `target/` and `node_modules/`, once and whoever asks.
//!
//! Cargo and npm find out quickly that there is nothing to do, so each step is simply run; a lock keeps tests that run at
//! the same time from doing it twice. Whatever is missing on the machine fails with the command that brings it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::workspace::{root, target};

/// Node 22 with the Worker's tools, from `package-lock.json`.
///
/// # Panics
/// If npm is missing or fails.
#[must_use]
pub fn node() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        let node = root().join("node_modules/.bin/node");
        locked("npm", || {
            let wanted =
                fs::read(root().join("package-lock.json")).expect("package-lock.json is committed");
            let stamp = root().join("node_modules/.installed-lock.json");
            if fs::read(&stamp).ok().as_ref() != Some(&wanted) || !node.exists() {
                run(
                    Command::new("npm").arg("ci"),
                    "install Node 20 or newer (on Debian: apt-get install nodejs npm)",
                );
                fs::write(&stamp, wanted).expect("node_modules can be written");
            }
        });
        node
    })
    .clone()
}

/// Python with the packages of a requirements file, in an environment of its own under `target/`.
///
/// # Panics
/// If Python is missing or a package cannot be installed.
#[must_use]
pub fn python(name: &str, requirements: &str) -> PathBuf {
    let environment = target().join(name);
    let python = environment.join("bin/python");
    locked(name, || {
        let file = root().join(requirements);
        let wanted = fs::read(&file).expect("the requirements are committed");
        let stamp = environment.join("installed.txt");
        if fs::read(&stamp).ok().as_ref() != Some(&wanted) || !python.exists() {
            run(
                Command::new("python3")
                    .args(["-m", "venv"])
                    .arg(&environment),
                "install Python 3.11 or newer (on Debian: apt-get install python3-venv)",
            );
            run(
                Command::new(&python)
                    .args(["-m", "pip", "install", "--quiet", "-r"])
                    .arg(file),
                "look at the messages above",
            );
            fs::write(stamp, wanted).expect("target can be written");
        }
    });
    python
}

/// The Worker's script, built.
///
/// # Panics
/// If a tool cannot be installed or the build fails.
pub fn worker() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| build_worker(&root().join("wasm/worker/build"), &[]))
        .clone()
}

/// The Worker's script with the fixtures of the conformance suite, built beside the one that is shipped.
///
/// # Panics
/// As [`worker`].
#[must_use]
pub fn worker_with_fixtures() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        let out = target().join("conformance/worker");
        build_worker(&out, &["--features", "conformance"])
    })
    .clone()
}

/// One at a time: cargo puts the module into the same place, whichever features it has.
fn build_worker(out: &Path, features: &[&str]) -> PathBuf {
    let node = node();
    locked("worker", || {
        run(
            Command::new(&node)
                .arg("tools/build-worker.mjs")
                .arg("--out")
                .arg(out)
                .args(features),
            "look at the messages above",
        );
    });
    out.join("index.js")
}

/// The native program with the fixtures of the conformance suite, beside the program that this test was built with and
/// in the same profile; but not optimised, since the suite computes next to nothing and the compiler takes twice as long.
///
/// # Panics
/// If the build fails.
#[must_use]
pub fn native_with_fixtures(shipped: &Path) -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = shipped.parent().expect("programs lie in folders");
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        let name = "nearcast-conformance";
        locked("native-with-fixtures", || {
            cargo(&[
                "build",
                "-p",
                "nearcast-native",
                "--features",
                "conformance",
                "--bin",
                name,
                "--profile",
                profile,
                "--config",
                "profile.dev.package.nearcast.opt-level=0",
                "--config",
                "profile.dev.package.nearcast-native.opt-level=0",
            ]);
        });
        folder.join(name)
    })
    .clone()
}

/// The `wasi:http` component.
///
/// # Panics
/// If the build fails.
#[must_use]
pub fn component() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        locked("component", || {
            if let Ok(list) = Command::new("rustup")
                .args(["target", "list", "--installed"])
                .current_dir(root())
                .output()
                && !String::from_utf8_lossy(&list.stdout).contains("wasm32-wasip2")
            {
                run(
                    Command::new("rustup").args(["target", "add", "wasm32-wasip2"]),
                    "run: rustup target add wasm32-wasip2",
                );
            }
            cargo(&[
                "build",
                "-p",
                "nearcast-spin",
                "--target",
                "wasm32-wasip2",
                "--profile",
                "wasm-dev",
            ]);
        });
        target().join("wasm32-wasip2/wasm-dev/nearcast_spin.wasm")
    })
    .clone()
}

/// The `wasi:http` host of the tests.
///
/// # Panics
/// If the build fails.
#[must_use]
pub fn wasi_host() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        locked("wasi-host", || {
            cargo(&["build", "-p", "nearcast-wasi-host"])
        });
        target().join("debug/nearcast-wasi-host")
    })
    .clone()
}

fn cargo(args: &[&str]) {
    run(
        Command::new("cargo")
            .args(args)
            .arg("--target-dir")
            .arg(target()),
        "install Rust with rustup (rustup.rs)",
    );
}

/// Runs a command in the root of the repository, its output passed through.
fn run(command: &mut Command, remedy: &str) {
    eprintln!("running {command:?}");
    // What cargo tells a test about its package: a build script that looks at it (ring's does) would run again, and again
    // for the next cargo that is started by hand.
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|name| {
            name == "OUT_DIR"
                || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
        });
        if told {
            command.env_remove(name);
        }
    }
    let status = command.current_dir(root()).status();
    match status {
        Ok(status) => assert!(status.success(), "{command:?} failed ({status}): {remedy}"),
        Err(error) => panic!("{command:?} cannot be run ({error}): {remedy}"),
    }
}

/// Runs a step while no other test process runs the same.
fn locked(name: &str, step: impl FnOnce()) {
    let directory = target().join("locks");
    fs::create_dir_all(&directory).expect("target can be written");
    let lock = File::create(directory.join(name)).expect("target can be written");
    lock.lock().expect("files can be locked");
    step();
}
