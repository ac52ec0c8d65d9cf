//! A `wasi:http` host for the tests, as small as one can be: files mounted at `/data`, environment variables, outbound
//! HTTP, and a fresh instance for each request.

mod options;
mod serve;

use std::process::ExitCode;

use options::{Command, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => match options.command {
            Command::Serve => serve::serve(options).await,
            Command::Imports => serve::imports(&options),
        },
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
