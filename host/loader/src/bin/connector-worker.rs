//! Runs one connector in a process of its own. Started by a Jackfield host, never by hand.

use std::process::ExitCode;

fn main() -> ExitCode {
    connector_loader::run_worker()
}
