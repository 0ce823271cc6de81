//! A connector's trouble is its own: files that must not run, files that crash, and connectors that misbehave while
//! they run. The host lives on, says what it found, and serves the others.

mod circuit;
mod crashes;
mod floods;
mod leaks;
mod leftovers;
mod neighbours;
mod old_abi_stable;
mod recovery;
mod report;
mod running;
mod stopping;
mod support;
mod trust;
mod watching;
