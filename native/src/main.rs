//! `nearcast`: the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    nearcast_native::commands::main()
}
