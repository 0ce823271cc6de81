//! `cargo xtask bench`: what the hot paths cost, as ratios within one run.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::command::{BIN_DIR, build_optimised, cargo, run as execute, target_dir};

const BENCHMARKS: [&str; 3] = ["boundary", "verdicts", "webhook"];
const BUILT: [&str; 3] = ["jackfield", "connector-loader", "tiktok-connector"];

/// One figure as a multiple of another.
struct Ratio {
    what: &'static str,
    /// `group/function` of the one, and how often it did its work in what was measured.
    of: (&'static str, f64),
    /// `group/function` of the other, which is measured in the same run.
    to: &'static str,
    /// More is a failure.
    most: f64,
}

const RATIOS: &[Ratio] = &[
    Ratio {
        what: "a webhook is read through the library in the host's process : by a function call",
        of: ("receive/in_process", 1.0),
        to: "receive/direct",
        most: 4.0,
    },
    Ratio {
        what: "a webhook is read in a worker process : in the host's process",
        of: ("receive/worker", 1.0),
        to: "receive/in_process",
        most: 12.0,
    },
    Ratio {
        what: "a verdict on a text : reading a draft of three parts from JSON",
        of: ("verdict/text", 1.0),
        to: "verdict/read_the_draft",
        most: 4.0,
    },
    Ratio {
        what: "a verdict on three parts, with a plan : reading them from JSON",
        of: ("verdict/three_parts", 1.0),
        to: "verdict/read_the_draft",
        most: 25.0,
    },
    Ratio {
        what: "a webhook over HTTP until it is kept : a bare commit of its bytes",
        of: ("webhook/one", 1.0),
        to: "webhook/bare_commit",
        // Where a disk takes longer for its flush, it is less.
        most: 40.0,
    },
    Ratio {
        what: "each of 32 webhooks at once : one alone",
        of: ("webhook/at_once", 32.0),
        to: "webhook/one",
        most: 0.6,
    },
];

/// Measure the hot paths: the boundary, verdicts, from a webhook to the disk.
///
/// What counts are ratios of figures that were measured in one run; each has a bound, and more than it is a failure.
#[derive(Debug, Default, clap::Args)]
#[command(
    after_help = "Builds with optimisation and takes a few minutes. Leave the machine alone meanwhile: what else runs is measured, too.\n\
                  Criterion keeps its own figures in target/criterion and says what changed since the last run."
)]
pub(crate) struct Options {
    /// Print the ratios as JSON, after what criterion prints.
    #[arg(long)]
    json: bool,
}

/// Measures, and holds the ratios against their bounds.
///
/// # Errors
/// Where something cannot be built or measured, or a ratio is above its bound.
pub(crate) fn run(options: &Options) -> Result<()> {
    let built = build_optimised(&BUILT)?;
    let bench = ["bench", "--locked", "-p", "end-to-end"].into_iter();
    let mut bench = cargo(bench.chain(BENCHMARKS.into_iter().flat_map(|name| ["--bench", name])));
    execute(bench.env(BIN_DIR, built))?;
    let figures = target_dir().context("finding what was measured")?.join("criterion");
    let measured: Vec<_> =
        RATIOS.iter().map(|ratio| Measured::read(ratio, &figures)).collect::<Result<_>>()?;
    if options.json {
        println!("{:#}", Value::from_iter(measured.iter().map(Measured::json)));
    } else {
        println!("\n ratio   most");
        measured.iter().for_each(|measured| println!("{measured}"));
    }
    let above = measured.iter().filter(|measured| measured.value() > measured.ratio.most).count();
    ensure!(above == 0, "{above} of {} ratios are above their bound", RATIOS.len());
    Ok(())
}

/// A ratio, and what was measured.
struct Measured {
    ratio: &'static Ratio,
    of: Duration,
    to: Duration,
}

impl Measured {
    fn read(ratio: &'static Ratio, figures: &Path) -> Result<Self> {
        let (of, times) = ratio.of;
        Ok(Self { ratio, of: middle(figures, of)?.div_f64(times), to: middle(figures, ratio.to)? })
    }

    fn value(&self) -> f64 {
        self.of.as_secs_f64() / self.to.as_secs_f64()
    }

    fn json(&self) -> Value {
        json!({
            "what": self.ratio.what, "ratio": self.value(), "most": self.ratio.most,
            "of_seconds": self.of.as_secs_f64(), "to_seconds": self.to.as_secs_f64(),
        })
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ratio: Ratio { what, most, .. }, of, to } = self;
        let value = self.value();
        write!(f, "{value:6.2} {most:6.2}  {what} ({of:.1?} : {to:.1?})")?;
        if value > *most { write!(f, "  ABOVE") } else { Ok(()) }
    }
}

/// The median of what criterion measured last.
fn middle(figures: &Path, name: &str) -> Result<Duration> {
    let path = figures.join(name).join("new").join("estimates.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let estimates: Value =
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let nanoseconds = estimates.pointer("/median/point_estimate").and_then(Value::as_f64);
    let nanoseconds = nanoseconds.with_context(|| format!("{} has no median", path.display()))?;
    Ok(Duration::from_secs_f64(nanoseconds / 1e9))
}
