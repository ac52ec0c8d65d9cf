//! `nearcast` with the fixtures that the official MCP conformance suite asks for. It is never shipped.

use std::process::ExitCode;

fn main() -> ExitCode {
    nearcast_native::commands::main()
}
