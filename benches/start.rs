//! From the start of a process to its first answer: the Worker's module in workerd, and the native program.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use nearcast_tests::client::{Request, send};
use nearcast_tests::process::Server;
use serde_json::{Value, json};

use crate::cost::{median, used_s, wall_s};
use crate::questions::{HEADERS, asked, message, structured};
use crate::report::{Bar, Section, Table, ms, number};
use crate::workerd::{Workerd, config, trivial_config};
use crate::{Result, data};

/// Fresh starts of which the median is taken.
const STARTS: usize = 7;
/// The goal for the cold start of the module, seconds.
const COLD_BAR_S: f64 = 0.050;

/// How a program starts, seconds.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "the unit is last")]
pub(crate) struct Start {
    /// From its start to the first answer.
    pub(crate) first_answer_s: f64,
    /// The shortest of these times.
    least_s: f64,
    /// The CPU time that the process has used until then.
    cpu_s: f64,
    /// What the first request takes longer than the second.
    first_less_second_s: f64,
}

/// Starts in workerd: of a script that does nothing, and of the Worker asked for `/health` and for the top products.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Starts {
    trivial: Start,
    health: Start,
    question: Start,
}

impl Starts {
    /// What Nearcast adds to workerd's own start until a question is answered, seconds. Of wall time on a machine that
    /// others use the least is nearest to the truth.
    pub(crate) fn answer_s(self) -> f64 {
        self.question.least_s - self.trivial.least_s
    }

    /// What it adds until `/health` is answered, for which the module has to be compiled and started.
    fn module_s(self) -> f64 {
        self.health.least_s - self.trivial.least_s
    }

    fn module_cpu_s(self) -> f64 {
        self.health.cpu_s - self.trivial.cpu_s
    }
}

/// The top products of the demo, as the original system asks for them.
fn question() -> Value {
    message(
        "demo",
        "top_n_products",
        &json!({"n": 5, "operation": "Dallas"}),
    )
}

/// Starts workerd, measured once in a run.
///
/// # Errors
/// If it does not start or answer.
pub(crate) fn in_workerd() -> Result<Starts> {
    static DONE: OnceLock<Starts> = OnceLock::new();
    if let Some(done) = DONE.get() {
        return Ok(*done);
    }
    let trivial = trivial_config()?;
    let nearcast = config(&nearcast_native::demo::objects(), &[question()])?;
    let asked = "/?question=0&times=1";
    let starts = Starts {
        trivial: median_start(|| workerd_start(&trivial, "/"))?,
        health: median_start(|| workerd_start(&nearcast, "/health"))?,
        question: median_start(|| workerd_start(&nearcast, asked))?,
    };
    Ok(*DONE.get_or_init(|| starts))
}

fn workerd_start(config: &Path, target: &str) -> Result<Start> {
    let (first_answer_s, (workerd, first_s)) = wall_s(|| {
        let workerd = Workerd::start(config)?;
        let (first_s, _) = wall_s(|| workerd.get(target))?;
        Ok((workerd, first_s))
    })?;
    let cpu_s = used_s(workerd.pid())?;
    let (second_s, _) = wall_s(|| workerd.get(target))?;
    Ok(Start {
        first_answer_s,
        least_s: first_answer_s,
        cpu_s,
        first_less_second_s: first_s - second_s,
    })
}

/// Starts the native program on the generated datasets and asks it something.
///
/// # Errors
/// If it does not start or answer.
pub(crate) fn native(message: &Value) -> Result<Start> {
    data::sheets()?;
    let request = |address: SocketAddr| {
        let value = |name, value: &str| {
            if name == "Host" {
                address.to_string()
            } else {
                value.to_owned()
            }
        };
        Request {
            method: "POST".into(),
            target: "/mcp".into(),
            headers: HEADERS
                .iter()
                .map(|&(name, told)| (name.into(), value(name, told)))
                .collect(),
            body: message.to_string().into_bytes(),
        }
    };
    median_start(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nearcast"));
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--dataset",
                "daily-100000",
                "--data",
            ])
            .arg(data::store());
        let (first_answer_s, (server, first_s)) = wall_s(|| {
            let server = Server::start("native", &mut command, Duration::from_secs(30));
            let request = request(server.address());
            let (first_s, response) = wall_s(|| Ok(send(server.address(), &request)?))?;
            structured(&response.body)?;
            Ok((server, first_s))
        })?;
        let cpu_s = used_s(server.pid())?;
        let (second_s, _) = wall_s(|| Ok(send(server.address(), &request(server.address()))?))?;
        Ok(Start {
            first_answer_s,
            least_s: first_answer_s,
            cpu_s,
            first_less_second_s: first_s - second_s,
        })
    })
}

fn median_start(start: impl Fn() -> Result<Start>) -> Result<Start> {
    let starts = (0..STARTS).map(|_| start()).collect::<Result<Vec<_>>>()?;
    let of = |what: fn(&Start) -> f64| median(&starts.iter().map(what).collect::<Vec<_>>());
    Ok(Start {
        first_answer_s: of(|start| start.first_answer_s),
        least_s: starts
            .iter()
            .map(|start| start.least_s)
            .fold(f64::INFINITY, f64::min),
        cpu_s: of(|start| start.cpu_s),
        first_less_second_s: of(|start| start.first_less_second_s),
    })
}

/// How many requests each figure of the first requests' table is the mean of, in order from the start.
const FIRST: [u32; 5] = [1, 1, 8, 90, 500];

/// CPU per request of the first requests that a fresh workerd answers: V8 compiles a function when it is called first, and
/// again when it turns out to be busy.
fn first_requests() -> Result<Table> {
    let mut table = Table::new(&[
        "CPU per request",
        "1st",
        "2nd",
        "3rd to 10th",
        "11th to 100th",
        "101st to 600th",
    ]);
    let questions: Vec<_> = asked()
        .into_iter()
        .filter(|(label, ..)| !label.contains(", "))
        .collect();
    let messages: Vec<Value> = questions
        .iter()
        .map(|(_, tool, arguments)| message("demo", tool, arguments))
        .collect();
    let config = config(&nearcast_native::demo::objects(), &messages)?;
    for (at, (label, ..)) in questions.into_iter().enumerate() {
        let mut samples = FIRST.map(|_| Vec::new());
        for _ in 0..STARTS {
            let workerd = Workerd::start(&config)?;
            workerd.get("/health")?;
            for (times, samples) in FIRST.into_iter().zip(&mut samples) {
                let before = used_s(workerd.pid())?;
                workerd.ask(at, times)?;
                samples.push((used_s(workerd.pid())? - before) / f64::from(times));
            }
        }
        let mut row = vec![label.to_owned()];
        row.extend(samples.iter().map(|samples| ms(median(samples))));
        table.rows.push(row);
    }
    Ok(table)
}

/// The part.
///
/// # Errors
/// If something does not start or answer.
pub(crate) fn section() -> Result<Section> {
    let starts = in_workerd()?;
    let native = native(&message(
        "daily-100000",
        "top_n_products",
        &json!({"n": 5, "operation": "Dallas"}),
    ))?;
    let mut table = Table::new(&[
        "What",
        "Start to first answer",
        "The least",
        "CPU until then",
        "First less second request",
        "Beside the trivial script",
    ]);
    let mut row = |what: &str, start: Start| {
        table.row([
            what.into(),
            ms(start.first_answer_s),
            ms(start.least_s),
            ms(start.cpu_s),
            ms(start.first_less_second_s),
            format!(
                "{} x",
                number(start.first_answer_s / starts.trivial.first_answer_s)
            ),
        ]);
    };
    row("workerd, a script that does nothing", starts.trivial);
    row("workerd, Nearcast, `/health`", starts.health);
    row("workerd, Nearcast, `top_n_products`", starts.question);
    row("native program, `top_n_products`", native);
    Ok(Section {
        title: "Cold start",
        how: format!(
            "A fresh process each time, {STARTS} times, medians. The module's cold start is what Nearcast's first answer \
             to `/health` takes longer than the trivial script's, from the start of workerd, so that compiling the module \
             is in it wherever workerd does that: {} of wall time (of the shortest starts; of the medians {}), {} of CPU. Others used \
             this machine at the same time, which lengthens wall time and leaves CPU time alone. Objects are in files. \
             The second table is what V8's compiling costs: requests of a workerd that has answered `/health`, its \
             compiler threads included.",
            ms(starts.module_s()),
            ms(starts.health.first_answer_s - starts.trivial.first_answer_s),
            ms(starts.module_cpu_s()),
        ),
        tables: vec![table, first_requests()?],
        bars: vec![
            Bar::below(
                "Cold start of the module in workerd, wall (least)",
                1e3 * starts.module_s(),
                1e3 * COLD_BAR_S,
                "ms",
            ),
            Bar::below(
                "Cold start of the module in workerd, CPU",
                1e3 * starts.module_cpu_s(),
                1e3 * COLD_BAR_S,
                "ms",
            ),
        ],
    })
}
