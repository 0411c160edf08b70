//! The load of `bench/run speed`. One thread, and little work for each request, so that one core of load is enough
//! for one of the collector.

mod bodies;
mod browsers;
mod connect;
mod http1;
mod http2;
mod options;
mod outcome;
mod policies;
mod random;
mod schedule;
mod violations;

use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use tokio::task::{JoinSet, LocalSet};

use bodies::Bodies;
use connect::{Connector, Stream};
use options::Options;
use outcome::Outcome;
use schedule::Schedule;

/// How long answers may take at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// What the connections share.
struct Run {
    uri: http::Uri,
    schedule: Schedule,
    connector: Connector,
    bodies: RefCell<Bodies>,
    outcome: RefCell<Outcome>,
    options: Options,
}

fn main() -> ExitCode {
    match load(Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::from(64)
        }
    }
}

/// Tells whether all answers were right.
fn load(options: Options) -> Result<bool, Box<dyn std::error::Error>> {
    let server = options.server()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path = options.url.path_and_query().map_or("/", |path| path.as_str());
    let bodies =
        Bodies::new(options.authority(), path, options.repetitions, options.clients, options.seed);
    let schedule = Schedule::new(options.rate, options.time(), options.requests);
    let measured_from = schedule.start() + options.warmup();
    let run = Rc::new(Run {
        uri: options.url.clone(),
        schedule,
        connector: Connector::new(server, options.is_tls(), options.h2, !options.no_resumption),
        bodies: RefCell::new(bodies),
        outcome: RefCell::new(Outcome::new(measured_from, options.verify_status)),
        options,
    });
    let unanswered = LocalSet::new().block_on(&runtime, drive(Rc::clone(&run)))?;
    let (outcome, bodies) = (run.outcome.borrow(), run.bodies.borrow());
    println!("{}", outcome.json(unanswered, bodies.mean_bytes()));
    Ok(!outcome.has_failed())
}

/// Until the end. How many requests were due and have no answer.
async fn drive(run: Rc<Run>) -> io::Result<u64> {
    let mut connections = JoinSet::new();
    for _ in 0..run.options.connections {
        let run = Rc::clone(&run);
        connections.spawn_local(async move {
            if run.options.h2 { http2::drive(run).await } else { http1::drive(&run).await }
        });
    }
    let mut answered = pin!(async { while connections.join_next().await.is_some() {} });
    tokio::select! {
        paced = run.schedule.pace() => {
            paced?;
            let _ = tokio::time::timeout(LAST_ANSWERS, answered).await;
        }
        () = &mut answered => {}
    }
    let under_way = run.bodies.borrow().count() - run.outcome.borrow().answered();
    Ok(run.schedule.left() as u64 + under_way)
}

impl Run {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let (stream, resumed) = self.connector.connect().await?;
        let mut outcome = self.outcome.borrow_mut();
        outcome.connections += 1;
        outcome.resumed += u64::from(resumed);
        Ok(stream)
    }

    /// After a failure: a server that is gone would be asked as fast as the core allows.
    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
