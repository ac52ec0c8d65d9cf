//! The command line.

use std::path::PathBuf;

const USAGE: &str =
    "usage: nearcast-wasi-host COMPONENT.wasm [--imports] [--data DIR] [--env NAME=VALUE]...";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Answer HTTP on a free port of 127.0.0.1.
    Serve,
    /// Print what the component imports, a line each.
    Imports,
}

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) command: Command,
    pub(crate) component: PathBuf,
    pub(crate) data: Option<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
}

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let mut options = Self {
            command: Command::Serve,
            component: args.next().ok_or(USAGE)?.into(),
            data: None,
            env: Vec::new(),
        };
        while let Some(flag) = args.next() {
            match flag.as_str() {
                "--imports" => options.command = Command::Imports,
                "--data" => options.data = Some(args.next().ok_or(USAGE)?.into()),
                "--env" => {
                    let pair = args.next().ok_or(USAGE)?;
                    let (name, value) = pair.split_once('=').ok_or(USAGE)?;
                    options.env.push((name.to_owned(), value.to_owned()));
                }
                _ => return Err(USAGE),
            }
        }
        Ok(options)
    }
}
