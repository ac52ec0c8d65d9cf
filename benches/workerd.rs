//! The shipped Worker in workerd, with the datasets on a disk that it reads once, as a process whose CPU time can be read.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use nearcast_tests::client::{Request, Response, send};
use nearcast_tests::install;
use nearcast_tests::process::free_port;
use nearcast_tests::workspace::{root, target};
use serde_json::Value;

use crate::{Result, data};

/// How long workerd may take until it listens.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Builds the Worker as it is deployed, unless that is done, and returns its JavaScript and its module.
///
/// # Errors
/// If the build fails; it has said why.
pub(crate) fn shipped() -> Result<(PathBuf, PathBuf)> {
    static BUILT: OnceLock<()> = OnceLock::new();
    let kept = data::folder().join("worker");
    let (script, module) = (kept.join("index.js"), kept.join("index_bg.wasm"));
    if BUILT.get().is_none() {
        let node = install::node();
        let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified());
        let args = [
            "build",
            "-p",
            "nearcast-worker",
            "--target",
            "wasm32-unknown-unknown",
            "--profile",
            "wasm",
        ];
        run(Command::new("cargo")
            .args(args)
            .arg("--target-dir")
            .arg(target()))?;
        let linked = target().join("wasm32-unknown-unknown/wasm/nearcast_worker.wasm");
        // Optimising takes minutes: it is left out while what cargo has linked is older than what came of it.
        if !modified(&module).is_ok_and(|at| modified(&linked).is_ok_and(|linked| linked < at)) {
            run(Command::new(node)
                .args(["tools/build-worker.mjs", "--release", "--out"])
                .arg(&kept))?;
        }
        let _ = BUILT.set(());
    }
    Ok((script, module))
}

fn run(command: &mut Command) -> Result<()> {
    eprintln!("running {command:?}");
    let status = command
        .current_dir(root())
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} failed ({status})").into())
    }
}

/// Writes what workerd is started with: the Worker behind `worker/ask.js`, these objects, these questions.
///
/// # Errors
/// If the Worker cannot be built or a file not written.
pub(crate) fn config(objects: &BTreeMap<String, Bytes>, questions: &[Value]) -> Result<PathBuf> {
    let (script, module) = shipped()?;
    let folder = data::folder().join("workerd");
    fs::create_dir_all(&folder)?;
    fs::copy(script, folder.join("index.js"))?;
    fs::copy(module, folder.join("index_bg.wasm"))?;
    fs::copy(root().join("benches/worker/ask.js"), folder.join("ask.js"))?;
    fs::write(
        folder.join("questions.json"),
        serde_json::to_string(questions)?,
    )?;
    let disk = folder.join("objects");
    let _ = fs::remove_dir_all(&disk);
    for (key, bytes) in objects {
        let path = disk.join(key);
        fs::create_dir_all(path.parent().ok_or("a key has a folder")?)?;
        fs::write(path, bytes)?;
    }
    let modules = "(name = \"ask.js\", esModule = embed \"ask.js\"), \
                   (name = \"index.js\", esModule = embed \"index.js\"), \
                   (name = \"index_bg.wasm\", wasm = embed \"index_bg.wasm\"), \
                   (name = \"questions.json\", json = embed \"questions.json\")";
    write_config(&folder.join("nearcast.capnp"), modules, Some(&disk))
}

/// What workerd is started with to do nothing.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn trivial_config() -> Result<PathBuf> {
    let folder = data::folder().join("workerd");
    fs::create_dir_all(&folder)?;
    fs::copy(
        root().join("benches/worker/trivial.js"),
        folder.join("trivial.js"),
    )?;
    write_config(
        &folder.join("trivial.capnp"),
        "(name = \"trivial.js\", esModule = embed \"trivial.js\")",
        None,
    )
}

fn write_config(path: &Path, modules: &str, disk: Option<&Path>) -> Result<PathBuf> {
    let settings = fs::read_to_string(root().join("wrangler.toml"))?;
    let date = settings
        .lines()
        .find_map(|line| line.strip_prefix("compatibility_date = "))
        .ok_or("wrangler.toml has no compatibility_date")?;
    let (service, binding) = disk.map_or_else(Default::default, |disk| {
        (
            format!(
                ", (name = \"disk\", disk = (path = \"{}\"))",
                disk.display()
            ),
            "bindings = [(name = \"DISK\", service = \"disk\")], ",
        )
    });
    let text = format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n  \
         services = [(name = \"main\", worker = .main){service}],\n  \
         sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")],\n);\n\
         const main :Workerd.Worker = (compatibilityDate = {date}, {binding}modules = [{modules}]);\n"
    );
    fs::write(path, text)?;
    Ok(path.to_owned())
}

/// A workerd that this benchmark started. It ends with it.
#[derive(Debug)]
pub(crate) struct Workerd {
    child: Child,
    address: SocketAddr,
}

impl Workerd {
    /// Starts workerd and waits until it listens.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn start(config: &Path) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let _ = install::node();
        let child = Command::new(root().join("node_modules/.bin/workerd"))
            .arg("serve")
            .arg(config)
            .arg(format!("--socket-addr=http={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut this = Self { child, address };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if this.child.try_wait()?.is_some() || started.elapsed() > READY_WITHIN {
                return Err(format!("workerd does not serve {}", config.display()).into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(this)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a GET.
    ///
    /// # Errors
    /// If the answer is not 200.
    pub(crate) fn get(&self, target: &str) -> Result<Response> {
        let request = Request {
            method: "GET".into(),
            target: target.into(),
            headers: vec![("Host".into(), "nearcast.test".into())],
            body: Vec::new(),
        };
        let response = send(self.address, &request)?;
        if response.status == 200 {
            return Ok(response);
        }
        Err(format!(
            "{target}: {} {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        )
        .into())
    }

    /// Asks a question so many times.
    ///
    /// # Errors
    /// If the answer is not 200.
    pub(crate) fn ask(&self, question: usize, times: u32) -> Result<Response> {
        self.get(&format!("/?question={question}&times={times}"))
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        // Best effort: it may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
