//! The command line, as people type it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Sales questions and forecasts, answered from Parquet over MCP and over cached links.
///
/// Without a command it serves the built-in demo dataset on 127.0.0.1:8787.
#[derive(Debug, Parser)]
#[command(name = "nearcast", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve datasets, or the demo, over HTTP: MCP at /mcp, links at /v/, a page at /.
    Serve(ServeArgs),
    /// Serve MCP over standard input and output, for clients that start their servers themselves.
    Stdio(DataArgs),
    /// Turn a CSV file into a dataset version and make it current.
    Ingest(IngestArgs),
    /// Write the demo vendor's sales as CSV.
    DemoData(DemoDataArgs),
    /// Make an API key: prints the key once, and the line for `NEARCAST_API_KEYS` that holds its hash.
    MakeKey(MakeKeyArgs),
}

/// Where the data are.
#[derive(Debug, Default, Args)]
pub struct DataArgs {
    /// Where `nearcast ingest` wrote: a directory, `s3://bucket/prefix` or `https://host/prefix`; the built-in demo if not
    /// given (environment: `NEARCAST_DATA`).
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// The dataset that is meant when a question names none (environment: `NEARCAST_DATASET`).
    #[arg(long)]
    pub dataset: Option<String>,
}

/// How to serve.
#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Where the data are.
    #[command(flatten)]
    pub data: DataArgs,
    /// Address and port; port 0 takes a free one (environment: `NEARCAST_LISTEN`).
    #[arg(long)]
    pub listen: Option<SocketAddr>,
}

/// What to ingest, and where to.
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// The CSV or TSV file.
    pub file: PathBuf,
    /// The directory that holds the datasets.
    #[arg(long, default_value = "./data")]
    pub out: PathBuf,
    /// The dataset's name: lowercase letters, digits, - and _ (default: from the file's name).
    #[arg(long)]
    pub dataset: Option<String>,
    /// The dataset's title for people.
    #[arg(long)]
    pub title: Option<String>,
    /// A dataset.toml that says which column is what, where detection is wrong.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Show what would be done and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// How much demo data.
#[derive(Debug, Args)]
pub struct DemoDataArgs {
    /// Order lines.
    #[arg(long, default_value_t = 60_000)]
    pub rows: u64,
    /// Another seed gives another history of the same vendor.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The file to write; standard output for -.
    #[arg(long)]
    pub out: PathBuf,
    /// Write the original system's six monthly columns instead.
    #[arg(long)]
    pub original: bool,
}

/// For whom the key is.
#[derive(Debug, Args)]
pub struct MakeKeyArgs {
    /// The key's name, for the log.
    pub name: String,
    /// The datasets that it may read, all if not given; may be repeated.
    #[arg(long)]
    pub dataset: Vec<String>,
}
