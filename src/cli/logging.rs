//! What the commands that run until they are stopped write to standard error. The internet can cause no end of log lines: a client that resets streams has one for each, and a disk that fails has one
//! for each group of reports. Of each place in the program some lines at once are written and then a few a minute; the rest is
//! counted, and the count written.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Failure;
use crate::base::lock::Mutex;

/// What is logged, and how.
#[derive(Debug, clap::Args)]
pub(super) struct LogArgs {
    /// What to log to standard error: error, warn, info, debug, or a filter such as
    /// `info,cspwatch::sink=debug`. The text of reports is never logged.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// Format of the log lines.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    log_format: LogFormat,
}

/// Format of the log lines.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LogFormat {
    /// Text for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Lines of one place at once: as many as one reads.
const AT_ONCE: u32 = 50;
/// How long it takes until one more may be written.
const EACH: Duration = Duration::from_secs(10);

/// What was written lately of each place in the program. Places are bounded by the program.
#[derive(Debug, Default)]
pub(super) struct LogLimiter(Mutex<HashMap<Identifier, Place>>);

#[derive(Debug)]
struct Place {
    metadata: &'static Metadata<'static>,
    /// Lines that may be written, as of that time.
    left: u32,
    since: Instant,
    left_out: u64,
}

/// The limiter of this process's log.
pub(super) fn limiter() -> &'static Arc<LogLimiter> {
    static LIMITER: LazyLock<Arc<LogLimiter>> = LazyLock::new(Arc::default);
    &LIMITER
}

/// Begins to log to standard error.
pub(super) fn start_logging(args: &LogArgs) -> Result<(), Failure> {
    let filter = parse_filter(&args.log)?;
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let limiter = Arc::clone(limiter());
    let registry = tracing_subscriber::registry().with(filter);
    match args.log_format {
        LogFormat::Human => {
            let layer = layer.with_ansi(false);
            registry.with(layer.map_event_format(|format| Limited { format, limiter })).init();
        }
        LogFormat::Json => {
            let layer = layer.json();
            registry.with(layer.map_event_format(|format| Limited { format, limiter })).init();
        }
    }
    Ok(())
}

/// Reads `info,cspwatch::sink=debug`. A word alone is a level: a mistyped one would else be the name of a module, of which
/// nothing is ever logged.
fn parse_filter(text: &str) -> Result<Targets, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    if let Some(wrong) = parts.iter().find(|part| !part.contains('=') && !is_level(part)) {
        return Err(format!(
            "--log {text}: {wrong:?} is no level; write error, warn, info or debug, or MODULE=LEVEL, separated by commas"
        ));
    }
    parts.join(",").parse().map_err(|error| format!("--log {text}: {error}"))
}

impl LogLimiter {
    /// Whether a line of this place may be written. Whoever logs more than the operator's usual level wants all of it.
    fn takes(&self, metadata: &'static Metadata<'static>, now: Instant) -> bool {
        if *metadata.level() > Level::INFO {
            return true;
        }
        let mut places = self.0.lock();
        let place = places.entry(metadata.callsite()).or_insert_with(|| Place {
            metadata,
            left: AT_ONCE,
            since: now,
            left_out: 0,
        });
        let more = now.saturating_duration_since(place.since).as_secs() / EACH.as_secs();
        if more > 0 {
            let more = u32::try_from(more).unwrap_or(AT_ONCE);
            place.left = place.left.saturating_add(more).min(AT_ONCE);
            place.since = now;
        }
        if place.left == 0 {
            place.left_out += 1;
            return false;
        }
        place.left -= 1;
        true
    }

    /// Writes how many lines were left out since the last time; returns how many that were.
    pub(super) fn write_left_out(&self) -> u64 {
        let mut left_out = Vec::new();
        for place in self.0.lock().values_mut().filter(|place| place.left_out > 0) {
            left_out.push((place.metadata, std::mem::take(&mut place.left_out)));
        }
        for (metadata, lines) in &left_out {
            let module = metadata.target();
            let line = metadata.line().unwrap_or_default();
            tracing::warn!(
                id = "log-lines-left-out",
                lines,
                module,
                line,
                "log lines that repeat were left out"
            );
        }
        left_out.iter().map(|(_, lines)| lines).sum()
    }
}

/// Writes the lines that the limiter takes.
struct Limited<F> {
    format: F,
    limiter: Arc<LogLimiter>,
}

impl<S, N, F> FormatEvent<S, N> for Limited<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if !self.limiter.takes(event.metadata(), Instant::now()) {
            return Ok(());
        }
        self.format.format_event(context, writer, event)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    #[test]
    fn a_filter_is_levels_and_levels_of_modules() {
        let filter = parse_filter("info, cspwatch::sink=debug,hyper=off").expect("a filter");
        assert!(filter.would_enable("cspwatch::sink::insert", &Level::DEBUG));
        assert!(filter.would_enable("cspwatch::admin", &Level::INFO));
        assert!(!filter.would_enable("cspwatch::admin", &Level::DEBUG));
        assert!(!filter.would_enable("hyper::proto", &Level::ERROR));
        for wrong in ["verbose", "", "info,", "cspwatch::sink", "cspwatch=loud"] {
            let error = parse_filter(wrong).expect_err(wrong);
            assert!(error.starts_with(&format!("--log {wrong}: ")), "{error}");
        }
    }

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn of_one_place_some_lines_are_written_and_the_rest_is_counted() {
        let (log, limiter) = (Log::default(), Arc::new(LogLimiter::default()));
        let (writer, limited) = (log.clone(), Arc::clone(&limiter));
        let builder = tracing_subscriber::fmt().with_max_level(Level::DEBUG).with_ansi(false);
        let subscriber = builder
            .with_writer(move || writer.clone())
            .map_event_format(|format| Limited { format, limiter: limited })
            .finish();
        let lines = |words: &str| {
            let log = String::from_utf8(log.0.lock().clone()).expect("text");
            log.lines().filter(|line| line.contains(words)).count()
        };
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..1_000 {
                tracing::warn!("a client resets");
            }
            tracing::error!("something else");
            (0..1_000).for_each(|_| tracing::debug!("wanted"));
            assert_eq!(limiter.write_left_out(), 950);
            assert_eq!(limiter.write_left_out(), 0);
        });
        assert_eq!(lines("a client resets"), 50);
        assert_eq!((lines("something else"), lines("wanted")), (1, 1_000));
        assert_eq!((lines("log lines that repeat were left out"), lines("lines=950")), (1, 1));
    }

    #[test]
    fn with_time_come_more() {
        let limiter = LogLimiter::default();
        let now = Instant::now();
        static METADATA: std::sync::OnceLock<&'static Metadata<'static>> =
            std::sync::OnceLock::new();
        // A place of the program, by an event of it.
        struct Keep;
        impl<S: Subscriber> tracing_subscriber::Layer<S> for Keep {
            fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
                let _ = METADATA.set(event.metadata());
            }
        }
        use tracing_subscriber::layer::SubscriberExt as _;
        let subscriber = tracing_subscriber::registry().with(Keep);
        tracing::subscriber::with_default(subscriber, || tracing::warn!("once"));
        let place = METADATA.get().expect("an event");
        let taken = |later: u64| {
            let at = now + Duration::from_secs(later);
            (0..100).filter(|_| limiter.takes(place, at)).count()
        };
        assert_eq!([0, 9, 10, 31, 10_000].map(taken), [50, 0, 1, 2, 50]);
    }
}
