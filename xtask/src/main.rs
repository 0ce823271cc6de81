//! Development tasks, run as `cargo xtask …`.

mod bench;
mod command;
mod demo;
mod docs;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Everything that a developer of Jackfield runs beside cargo itself.",
    after_help = "Start with `cargo xtask demo`: a conversation to play with. `cargo xtask test` checks everything; it\n\
                  says what it does, installs what it may, and names what it skips.\n\
                  `cargo xtask help TASK` explains a task."
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Test(test::Options),
    Demo(demo::Options),
    Docs(docs::Options),
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test(options) => test::run(&options),
        Task::Demo(options) => demo::run(&options),
        Task::Docs(options) => docs::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
