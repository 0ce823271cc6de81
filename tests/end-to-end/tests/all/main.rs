//! Jackfield tested from outside: real libraries, real processes, real HTTP.

mod access;
mod accounts;
mod bad_input;
mod checks;
mod commands;
mod decode;
mod deliveries;
mod doctor;
mod ids;
mod inbox;
mod loading;
mod media;
mod offers;
mod outbox;
mod outcomes;
mod polling;
mod refresh;
mod routes;
mod support;
mod tiktok;
mod two_connectors;
mod verdicts;
mod webhook_headers;
