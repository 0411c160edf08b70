//! `cspwatch export --follow`: sends what is new until a signal comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::super::ending::Ending;
use super::super::{Failure, eprintln_line};
use super::ExportArgs;
use crate::audit::siem::Stream;
use crate::audit::siem::follow::Follow;
use crate::audit::siem::position::Position;
use crate::audit::siem::state::{StateError, StateFile};
use crate::audit::siem::target::{Address, SyslogOptions, Target};
use crate::base::clock::Timestamp;
use crate::store::export::ExportReader;

/// Opens the target and the state file, and follows until a signal comes.
pub(super) async fn run(
    args: &ExportArgs,
    reader: ExportReader,
    address: &Address,
    streams: Vec<Stream>,
) -> Result<(), Failure> {
    let look_back = Arc::new(AtomicBool::new(false));
    let stop = signals(Arc::clone(&look_back))?;
    let syslog = SyslogOptions { facility: args.facility, ca: args.ca.clone() };
    let target = Target::open(address, &syslog)?;
    let (state, position) = match &args.state {
        Some(file) => {
            let (state, position) = open_state(file, &args.site)?;
            (Some(state), position)
        }
        None => (None, None),
    };
    match (&state, &position) {
        (None, _) if *address != Address::Stdout => {
            eprintln_line(
                "without --state, the position is not kept: what comes while the command is down will not be sent",
            );
        }
        (Some(_), Some(_)) if args.since.is_some() => {
            eprintln_line("--since has no effect: --state has a position already");
        }
        _ => {}
    }
    let position = position.unwrap_or_else(|| Position::new(&args.site));
    let begin = args.since.unwrap_or_else(Timestamp::now);
    let every = args.every;
    let follow =
        Follow { reader, streams, target, state, every, look_back, stop, on_remark: eprintln_line };
    Ok(follow.run(position, begin).await?)
}

/// Opens the state file. A damaged file, or one about another site, counts as a wrong argument.
fn open_state(
    file: &std::path::Path,
    site: &str,
) -> Result<(StateFile, Option<Position>), Failure> {
    StateFile::open(file, site).map_err(|error| match error {
        StateError::Damaged { .. } | StateError::Version { .. } | StateError::Site { .. } => {
            Failure::Usage(error.into())
        }
        error @ (StateError::Io { .. } | StateError::Locked { .. }) => Failure::Other(error.into()),
    })
}

/// A channel that becomes true with SIGTERM or SIGINT. SIGHUP sets `look_back`.
fn signals(look_back: Arc<AtomicBool>) -> Result<watch::Receiver<bool>, Failure> {
    let mut ending = Ending::listen()?;
    let mut hangup = signal(SignalKind::hangup())?;
    let (sender, stop) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = ending.wait() => break,
                _ = hangup.recv() => look_back.store(true, Ordering::Relaxed),
            }
        }
        sender.send_replace(true);
        // Keeps the value as long as anything reads it.
        sender.closed().await;
    });
    Ok(stop)
}
