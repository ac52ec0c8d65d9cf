//! The command line, as people type it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::append::Restate;
use crate::rollups::Dialect;

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
    /// Ask one question: the answer as Markdown, drawn in a terminal, or as JSON.
    #[command(disable_help_flag = true, after_help = crate::ask::questions())]
    Ask(AskArgs),
    /// Turn files of sales into a dataset version and make it current.
    Ingest(IngestArgs),
    /// List, compare, verify, roll back and remove versions of a dataset.
    Versions(VersionsArgs),
    /// Print the query by which `DuckDB`, Spark, Trino, Athena or `BigQuery` rolls source rows up for `ingest --rollups`.
    RollupSql(RollupSqlArgs),
    /// Forecast every series of a tidy CSV (`unique_id,ds,y`), on all processors.
    Forecast(ForecastArgs),
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

/// What is asked, and of which data.
#[derive(Debug, Default, Args)]
pub struct AskArgs {
    /// The question: a tool of MCP, or what its links are called, such as `compare_periods` or `compare`.
    #[arg(required_unless_present = "help")]
    pub question: Option<String>,
    /// What it takes; several values have commas between them, and "one, with a comma" stands in quotes.
    #[arg(value_name = "NAME=VALUE")]
    pub given: Vec<String>,
    /// Where the data are.
    #[command(flatten)]
    pub data: DataArgs,
    /// A deployed server that answers instead: `https://host` or `https://host/prefix`.
    #[arg(long, conflicts_with = "data")]
    pub url: Option<String>,
    /// The environment variable that holds the server's API key or a token.
    #[arg(long, value_name = "VARIABLE", requires = "url")]
    pub key: Option<String>,
    /// Print the structured answer as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print this, or after a question what it takes.
    #[arg(short, long)]
    pub help: bool,
}

/// What to ingest, and where to.
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// Files, patterns and directories: CSV, TSV, JSON lines (all also .gz and .zst) and Parquet.
    #[arg(required_unless_present = "rollups")]
    pub files: Vec<PathBuf>,
    /// Instead of files: the folder that the query of `rollup-sql` wrote into.
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub rollups: Option<PathBuf>,
    /// Where the datasets are: a directory, or `s3://bucket/prefix`.
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
    /// Do not keep today's forecasts with the version: it takes less time, and `forecast_accuracy` will know less.
    #[arg(long)]
    pub no_forecasts: bool,
    /// Add these rows to the current version; without it they replace it.
    #[arg(long)]
    pub append: bool,
    /// With --append, what becomes of days that are there already with other content.
    #[arg(long, value_enum, default_value_t, requires = "append")]
    pub restate: Restate,
    /// Your own Markdown or text documents (.md, .txt), or folders of them, that `search` finds and answers can quote; may be
    /// repeated. They stay with later versions until others are given; `none` removes them.
    #[arg(long, value_name = "PATH")]
    pub documents: Vec<PathBuf>,
    /// Threads that parse (default: as many as there are processors); their number changes nothing but the time.
    #[arg(long)]
    pub threads: Option<usize>,
}

/// Which series, how far, and where to.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// The history: a CSV with the columns `unique_id`, `ds` (a date) and `y`, one row a step; .gz is read too. Further
    /// columns are known for the steps to come as well, in rows whose `y` is empty.
    pub train: PathBuf,
    /// A JSON file whose `groups` say the `freq`, `season_length`, `horizon` and `series` of each group.
    #[arg(long)]
    pub meta: Option<PathBuf>,
    /// The CSV that is written: `unique_id,ds_index,ds,yhat,lo80,hi80,lo95,hi95,model`.
    #[arg(long)]
    pub out: PathBuf,
    /// The model; auto combines what does well in a backtest.
    #[arg(long, default_value = "auto")]
    pub model: String,
    /// Threads (default: as many as there are processors); their number changes nothing but the time.
    #[arg(long)]
    pub jobs: Option<usize>,
    /// Steps to forecast.
    #[arg(long, conflicts_with = "meta", required_unless_present = "meta")]
    pub horizon: Option<usize>,
    /// The steps' length: D, W, MS, QS or YS (default: as the dates say).
    #[arg(long, conflicts_with = "meta")]
    pub freq: Option<String>,
    /// The country whose public holidays count, where dates are those of a calendar: US, CA, MX, GB, DE, FR, ES, IT, NL, BR,
    /// AU, IN or JP.
    #[arg(long)]
    pub country: Option<String>,
    /// Steps of a season, 1 for none (default: a week of days, a year of weeks, months or quarters).
    #[arg(long, conflicts_with = "meta")]
    pub season: Option<usize>,
}

/// For which engine, of what, and where to.
#[derive(Debug, Args)]
pub struct RollupSqlArgs {
    /// The engine.
    #[arg(long, value_enum)]
    pub dialect: Dialect,
    /// The dataset.toml that says which column is what.
    #[arg(long)]
    pub config: PathBuf,
    /// The source: a table, or what stands for one after FROM.
    #[arg(long, default_value = "sales")]
    pub source: String,
    /// The folder that the engine writes into.
    #[arg(long)]
    pub out: String,
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

/// What to do with versions.
#[derive(Debug, Args)]
pub struct VersionsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: VersionsCommand,
}

/// What to do with versions. A version is named by its id, by the beginning of it, or as `current`.
#[derive(Debug, Subcommand)]
pub enum VersionsCommand {
    /// Show every version: when it was published, its rows, days and size.
    List {
        /// Where the data are.
        #[command(flatten)]
        data: DataArgs,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what changed from one version to another: schema, values, totals, and which days.
    Diff {
        /// The version before.
        from: String,
        /// The version after.
        #[arg(default_value = "current")]
        to: String,
        /// Where the data are.
        #[command(flatten)]
        data: DataArgs,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make an earlier version current again.
    Rollback {
        /// The version.
        version: String,
        /// Where the data are.
        #[command(flatten)]
        data: DataArgs,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove versions past their retention, and what interrupted publications left.
    Prune {
        /// Keep versions that were current within so many days.
        #[arg(long, default_value_t = 30)]
        keep_days: u32,
        /// Keep so many versions however old they are, the current one among them (at least 2).
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..))]
        keep: u32,
        /// Only show what would be removed.
        #[arg(long)]
        dry_run: bool,
        /// Where the data are.
        #[command(flatten)]
        data: DataArgs,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read every byte of a version and check that it is what was published.
    Verify {
        /// The version; the current one if not given.
        version: Option<String>,
        /// Every version that is kept.
        #[arg(long, conflicts_with = "version")]
        all: bool,
        /// Where the data are.
        #[command(flatten)]
        data: DataArgs,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
}
