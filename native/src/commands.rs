//! What each command does, and what it says while it does it. Results go to standard output, everything else to standard
//! error.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use indicatif::{ProgressBar, ProgressStyle};
use nearcast::engine::Memory;
use nearcast::limits::PROBLEMS_LISTED_MAX;
use nearcast::model::DatasetId;
use nearcast::{Error, Result, app};
use sha2::{Digest, Sha256};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::{
    Cli, Command, DataArgs, DemoDataArgs, ForecastArgs, IngestArgs, MakeKeyArgs, RollupSqlArgs,
    ServeArgs,
};
use crate::demo_data::{DemoSpec, write_csv};
use crate::host::{LISTEN_DEFAULT, Setup, open_to_owner, set_up};
use crate::jwks::JwksCache;
use crate::local::LocalAnswerer;
use crate::rollups;
use crate::serve::{Host, bind, now, serve as serve_http, told_to_stop};
use crate::stores::TimeoutStore;
use crate::{ask, batch, ingest as ingesting, stdio as stdio_server, versions};

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli
        .command
        .unwrap_or_else(|| Command::Serve(ServeArgs::default()))
    {
        Command::Serve(args) => serve(&args),
        Command::Stdio(args) => stdio(&args),
        Command::Ask(args) => return ask::main(&args),
        Command::Ingest(args) => ingest(&args),
        Command::Versions(args) => versions::command::run(&args, now(), &mut |text| println(text)),
        Command::RollupSql(args) => rollup_sql(&args),
        Command::Forecast(args) => forecast(&args),
        Command::DemoData(args) => demo_data(&args),
        Command::MakeKey(args) => make_key(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nearcast: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves over HTTP until told to stop.
///
/// # Errors
/// A wrong setting, a directory that is not there, an address that is taken.
pub fn serve(args: &ServeArgs) -> Result<()> {
    let mut setup = set_up(&args.data)?;
    log_to_stderr(&setup);
    let wanted = match (args.listen, &setup.config.listen) {
        (Some(address), _) => address,
        (None, Some(text)) => text.parse().map_err(|_| {
            Error::invalid(format!(
                "NEARCAST_LISTEN is {text:?}: write an address and a port, such as 127.0.0.1:8787"
            ))
        })?,
        (None, None) => LISTEN_DEFAULT,
    };
    runtime()?.block_on(async {
        let (listener, address) = bind(wanted).await?;
        let stop = told_to_stop()?;
        let opened = open_to_owner(&mut setup.config, address);
        greet(&setup, address, opened)?;
        let jwks = setup.config.jwks_url().map(JwksCache::new);
        serve_http(
            listener,
            Host {
                config: setup.config,
                store: TimeoutStore::new(setup.store),
                jwks,
                memory: Memory::default(),
            },
            stop,
        )
        .await
    })
}

/// Serves MCP over standard input and output until the client closes it.
///
/// # Errors
/// A wrong setting, a directory that is not there, a broken pipe.
pub fn stdio(args: &DataArgs) -> Result<()> {
    let setup = set_up(args)?;
    log_to_stderr(&setup);
    let config = app::mcp_config(&setup.config);
    let answerer = LocalAnswerer {
        config: setup.config,
        store: TimeoutStore::new(setup.store),
        memory: Memory::default(),
    };
    runtime()?.block_on(stdio_server::serve(config, answerer))
}

/// Forecasts every series of a file.
///
/// # Errors
/// A file that cannot be read or written, and series that could not be forecast, after the others were written.
pub fn forecast(args: &ForecastArgs) -> Result<()> {
    let bar =
        progress_bar("{spinner} {human_pos} of {human_len} series {bar:30} {per_sec} {eta} left");
    let outcome = batch::run(args, &|done, all| {
        bar.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    });
    bar.finish_and_clear();
    let outcome = outcome?;
    for remark in outcome.remarks.iter().take(PROBLEMS_LISTED_MAX) {
        eprintln!("{remark}");
    }
    match outcome.remarks.len().saturating_sub(PROBLEMS_LISTED_MAX) {
        0 => {}
        more => eprintln!("and {more} more remarks like these"),
    }
    println(&format!(
        "{} series were forecast: {}",
        outcome.series,
        args.out.display()
    ));
    match outcome.failed {
        0 => Ok(()),
        n => Err(Error::unforecastable(format!(
            "{n} series could not be forecast, see above; the others were written"
        ))),
    }
}

/// Turns files into a dataset version.
///
/// # Errors
/// Everything that is wrong with the file, each with its line and column; nothing is published then.
pub fn ingest(args: &IngestArgs) -> Result<()> {
    let bar =
        progress_bar("{spinner} {bytes} of {total_bytes} {bar:30} {bytes_per_sec}{msg} {eta} left");
    let options = ingesting::IngestOptions {
        sources: args
            .rollups
            .as_ref()
            .map_or_else(|| args.files.clone(), |folder| vec![folder.clone()]),
        dataset: args.dataset.clone(),
        title: args.title.clone(),
        config: args.config.clone(),
        dry_run: args.dry_run,
        no_forecasts: args.no_forecasts,
        append: args.append.then_some(args.restate),
        documents: args.documents.clone(),
        threads: args.threads,
        ..ingesting::IngestOptions::new(Path::new(""), &args.out, now())
    };
    let began = std::time::Instant::now();
    let mut say = |text: &str| bar.suspend(|| println(text));
    let mut progress = |p: &ingesting::Progress| {
        bar.set_length(p.bytes_total);
        bar.set_position(p.bytes);
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let rate = p.rows.saturating_mul(1_000).checked_div(ms).unwrap_or(0);
        bar.set_message(format!(", {rate} rows/s"));
    };
    let report = if args.rollups.is_some() {
        rollups::run(&options, &mut say, &mut progress)
    } else {
        ingesting::run(&options, &mut say, &mut progress)
    };
    bar.finish_and_clear();
    let report = report?;
    println(&report.summary);
    if report.published {
        println(&format!(
            "\nAsk it:  nearcast serve --data {}",
            args.out.display()
        ));
    }
    Ok(())
}

/// Writes demo data as CSV.
///
/// # Errors
/// `Invalid` for no or too many rows, `Upstream` if the file cannot be written.
pub fn demo_data(args: &DemoDataArgs) -> Result<()> {
    let spec = DemoSpec {
        rows: args.rows,
        seed: args.seed,
        original: args.original,
    };
    if args.out.as_os_str() == "-" {
        let mut out = BufWriter::new(std::io::stdout().lock());
        write_csv(&spec, &mut out, |_| {})?;
        return out
            .flush()
            .map_err(|e| Error::upstream("standard output was closed").with_source(e));
    }
    let cannot = |e: std::io::Error| {
        Error::upstream(format!("{} cannot be written: {e}", args.out.display())).with_source(e)
    };
    let mut out = BufWriter::new(File::create(&args.out).map_err(cannot)?);
    let bar =
        progress_bar("{spinner} {human_pos} of {human_len} lines {bar:30} {per_sec} {eta} left");
    bar.set_length(args.rows);
    let summary = write_csv(&spec, &mut out, |done| bar.set_position(done))?;
    out.flush().map_err(cannot)?;
    bar.finish_and_clear();
    println(&format!(
        "{} rows, {} to {}, {} operations, {} products: {}",
        summary.rows,
        summary.first,
        summary.last,
        summary.operations,
        summary.products,
        args.out.display()
    ));
    Ok(())
}

/// Prints the query that rolls source rows up.
///
/// # Errors
/// A `dataset.toml` that cannot be read, or says too little.
pub fn rollup_sql(args: &RollupSqlArgs) -> Result<()> {
    let config = ingesting::read_config(&args.config)?;
    let sql = rollups::rollup_sql(args.dialect, &config, &args.source, &args.out)?;
    println(sql.trim_end());
    Ok(())
}

/// Makes an API key.
///
/// # Errors
/// `Invalid` for a name that a key may not have.
pub fn make_key(args: &MakeKeyArgs) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if args.name.is_empty() || !args.name.chars().all(plain) {
        return Err(Error::invalid(
            "a key's name is of letters, digits, - and _",
        ));
    }
    for dataset in &args.dataset {
        DatasetId::new(dataset.clone())?;
    }
    let secret: [u8; 24] = rand::random();
    let key = secret.iter().fold(String::from("nc_"), |text, byte| {
        format!("{text}{byte:02x}")
    });
    let hash = Sha256::digest(key.as_bytes())
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let datasets = if args.dataset.is_empty() {
        String::new()
    } else {
        format!(":{}", args.dataset.join("+"))
    };
    println(&format!("The key, shown once:      {key}"));
    println(&format!(
        "For NEARCAST_API_KEYS:    {}:{hash}{datasets}",
        args.name
    ));
    Ok(())
}

/// What to do next, for somebody who has never seen this.
fn greet(setup: &Setup, address: SocketAddr, opened: bool) -> Result<()> {
    let url = setup
        .config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let dataset = &setup.config.default_dataset;
    let mut out = std::io::stdout().lock();
    let text = format!(
        "Nearcast {version} serves {what}.\n\
         listening on http://{address}\n\n\
         Open      {url}/\n\
         Click     {url}/v/{dataset}/latest/forecast.svg\n\
         Connect   claude mcp add --transport http nearcast {url}/mcp\n\n",
        version = env!("CARGO_PKG_VERSION"),
        what = setup.what,
    );
    let note = if opened {
        "Everyone on this machine may read it: it listens on the loopback address only, and no key is configured.\n\
         `nearcast make-key NAME` makes one; NEARCAST_PUBLIC_DATASETS names what needs none.\n"
    } else if setup.config.public_datasets.is_empty() && !setup.config.is_locked() {
        "Nobody can read it: no key is configured, no dataset is public, and others can reach this address.\n\
         `nearcast make-key NAME` makes a key; NEARCAST_PUBLIC_DATASETS names what needs none.\n"
    } else {
        ""
    };
    write!(out, "{text}{note}")
        .and_then(|()| out.flush())
        .map_err(|e| Error::upstream("standard output was closed").with_source(e))
}

/// One JSON line for each call, on standard error.
fn log_to_stderr(setup: &Setup) {
    // The libraries' own chatter is for whoever debugs them.
    let ours = Targets::new()
        .with_default(LevelFilter::WARN.min(setup.config.log))
        .with_target("nearcast", setup.config.log);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(ours))
        .try_init();
}

/// Threads and timers.
///
/// # Errors
/// `Internal` if the system gives none.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::internal("no threads could be started").with_source(e))
}

fn progress_bar(template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

/// Results are for standard output; somebody may have closed it, and that is fine.
pub(crate) fn println(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
