//! The three hosts, each started as its owner would, on the same data with the same settings.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::install;
use crate::process::{Server, free_port};
use crate::workspace::{root, target};

/// What a host is started with.
#[derive(Debug, Clone)]
pub struct Setting {
    /// A directory of datasets.
    pub data: PathBuf,
    /// `NEARCAST_*` settings.
    pub pairs: Vec<(String, String)>,
}

/// The native server, from its built program.
#[must_use]
pub fn native(program: &Path, setting: &Setting) -> Server {
    let mut command = Command::new(program);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&setting.data)
        .envs(setting.pairs.iter().cloned());
    Server::start("native", &mut command, Duration::from_secs(30))
}

/// The Worker in workerd, by the script behind `npm start`.
#[must_use]
pub fn worker(setting: &Setting) -> Server {
    worker_of(&install::worker(), setting)
}

/// A build of the Worker in workerd.
#[must_use]
pub fn worker_of(script: &Path, setting: &Setting) -> Server {
    let port = free_port().to_string();
    let mut command = Command::new(install::node());
    command
        .current_dir(root())
        .args([
            "tools/start-worker.mjs",
            "--built",
            "--until-stdin-ends",
            "--port",
            &port,
        ])
        .arg("--persist")
        .arg(target().join("worker-state").join(&port))
        .arg("--data")
        .arg(&setting.data)
        .arg("--script")
        .arg(script);
    for (name, value) in &setting.pairs {
        command.arg("--var").arg(format!("{name}={value}"));
    }
    Server::start("worker", &mut command, Duration::from_secs(120)).that_stops_with_its_input()
}

/// The component in a `wasi:http` host.
#[must_use]
pub fn spin(setting: &Setting) -> Server {
    let mut command = Command::new(install::wasi_host());
    command
        .arg(install::component())
        .arg("--data")
        .arg(&setting.data);
    for (name, value) in &setting.pairs {
        command.arg("--env").arg(format!("{name}={value}"));
    }
    Server::start("spin", &mut command, Duration::from_secs(180))
}
