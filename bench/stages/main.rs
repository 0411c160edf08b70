//! What a report costs on its way from the request's bytes to the journal's, stage by stage, on the recorded
//! requests of `tests/corpus`. `bench/run stages` runs it and prints a table.
//!
//!     stages SET time                time and allocations; SET: `usual` or `long` reports
//!     stages SET reports             how many they are
//!     stages SET repeat ROAD TIMES   goes a road so often and prints nothing: for counting instructions
//!     stages masks [FILE]            what redaction masked in all recordings, or in the reports of FILE (JSON, one a line)
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a person reads it, and mends it")]

mod allocations;
mod corpus;
mod masks;
mod road;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use corpus::Request;
use road::{ROADS, Road};

/// Rounds over the whole corpus; odd, so that there is a median.
const ROUNDS: usize = 51;
/// Rounds before the first that counts.
const WARM_UP: usize = 5;

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (set, arguments) = arguments.split_first().expect("an argument");
    match (*set, arguments) {
        ("masks", []) => return masks::print(&corpus::all()),
        ("masks", [file]) => return masks::print(&corpus::collected(Path::new(file))),
        _ => {}
    }
    let all = corpus::requests();
    let corpus: Vec<Request> =
        all.into_iter().filter(|request| request.is_long() == (*set == "long")).collect();
    let road = Road::new();
    match arguments {
        ["time"] => measure(&road, &corpus),
        ["reports"] => println!("{}", road.go(0, &corpus)),
        ["repeat", name, times] => {
            let last = ROADS.iter().position(|known| known == name).expect("a road's name");
            for _ in 0..times.parse().expect("a number") {
                road.go(last, &corpus);
            }
        }
        _ => panic!("see the top of the program"),
    }
    ExitCode::SUCCESS
}

/// A line per road: its name, nanoseconds, allocations and allocated bytes per report. The roads take turns,
/// so that a disturbance meets all of them.
fn measure(road: &Road, corpus: &[Request]) {
    let reports = road.go(0, corpus) as f64;
    let mut nanos = ROADS.map(|_| Vec::with_capacity(ROUNDS));
    for round in 0..WARM_UP + ROUNDS {
        for (stages, nanos) in nanos.iter_mut().enumerate() {
            let start = Instant::now();
            road.go(stages, corpus);
            if round >= WARM_UP {
                nanos.push(start.elapsed().as_nanos() as f64 / reports);
            }
        }
    }
    for (stages, nanos) in nanos.iter_mut().enumerate() {
        nanos.sort_by(f64::total_cmp);
        let before = allocations::so_far();
        road.go(stages, corpus);
        let made = allocations::so_far() - before;
        println!(
            "{} {:.0} {:.1} {:.0}",
            ROADS[stages],
            nanos[ROUNDS / 2],
            made.count as f64 / reports,
            made.bytes as f64 / reports
        );
    }
}
