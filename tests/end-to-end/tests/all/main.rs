//! Jackfield tested from outside: real libraries, real processes, real HTTP.

mod bad_input;
mod checks;
mod ids;
mod loading;
mod outcomes;
mod polling;
mod refresh;
mod support;
mod two_connectors;
mod verdicts;
mod webhook_headers;
