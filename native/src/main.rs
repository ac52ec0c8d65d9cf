//! `nearcast`: the command line.

use std::process::ExitCode;

use clap::Parser;
use nearcast_native::cli::{Cli, Command, ServeArgs};
use nearcast_native::commands;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli
        .command
        .unwrap_or_else(|| Command::Serve(ServeArgs::default()))
    {
        Command::Serve(args) => commands::serve(&args),
        Command::Stdio(args) => commands::stdio(&args),
        Command::Ingest(args) => commands::ingest(&args),
        Command::DemoData(args) => commands::demo_data(&args),
        Command::MakeKey(args) => commands::make_key(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nearcast: {error}");
            ExitCode::FAILURE
        }
    }
}
