//! `cspwatch console`: the console, its users and its tokens.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::ending::Ending;
use super::logging::{LogArgs, limiter, start_logging};
use super::{ConfigArgs, Environment, Failure, connection};
use crate::accept::Tls;
use crate::config::NamedFile;
use crate::console::{Console, bind};
use crate::telemetry::SpanSender;

mod people;

/// How often the certificate's files are looked at, and left out lines of the log are counted.
const HOUSE_KEEPING: Duration = Duration::from_secs(60);

/// Serves the console and its API: where a person sees what needs a decision, and decides. A process of its own, which needs
/// ClickHouse only.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ConsoleArgs {
    #[command(subcommand)]
    command: Option<ConsoleCommand>,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    log: LogArgs,
}

#[derive(Debug, clap::Subcommand)]
enum ConsoleCommand {
    /// Adds, lists and removes local users. A running console follows at once, and ends the sessions of whom it concerns.
    #[command(subcommand)]
    User(people::UserCommand),
    /// Adds, lists and revokes tokens of the API.
    #[command(subcommand)]
    Token(people::TokenCommand),
}

/// Serves until SIGTERM or SIGINT, or changes users and tokens.
pub fn run(args: &ConsoleArgs, environment: &Environment) -> Result<(), Failure> {
    match &args.command {
        None => serve(args, environment),
        Some(ConsoleCommand::User(command)) => people::user(command, environment),
        Some(ConsoleCommand::Token(command)) => people::token(command, environment),
    }
}

fn serve(args: &ConsoleArgs, environment: &Environment) -> Result<(), Failure> {
    let reads = &[NamedFile::ClickHousePassword, NamedFile::Console, NamedFile::Telemetry];
    let config = args.config.load_with(environment, reads)?;
    start_logging(&args.log)?;
    let client = connection(&config).client()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listen = config.console.listen;
    // Nobody scrapes the console: what becomes of its spans is in the log.
    let spans =
        SpanSender::start(&config.telemetry, "cspwatch-console", Arc::default(), runtime.handle())?;
    let console = Console::open(config, client, spans.tracer())?;
    if let Some(file) = console.lacks_users() {
        let file = file.display();
        tracing::warn!(id = "console-without-users", %file, "nobody can log in yet: cspwatch console user add NAME --role admin");
    }
    runtime.block_on(async {
        let mut ending = Ending::listen()?;
        let hangup = signal(SignalKind::hangup())?;
        let bound = bind(&console)?;
        tracing::info!(%listen, address = console.address(), "the console listens");
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(keep_house(bound.tls(), hangup, stopped.clone()));
        let looking = tokio::spawn(Arc::clone(&console).watch(stopped.clone()));
        let serving = tokio::spawn(bound.serve(stopped));
        ending.wait().await;
        let _ = stop.send(true);
        looking.await?;
        serving.await?;
        spans.stop().await;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Reads the certificate again when its files change or on SIGHUP, and says how many lines of the log were left out.
async fn keep_house(tls: Option<Arc<Tls>>, mut hangup: Signal, mut stop: watch::Receiver<bool>) {
    loop {
        let is_asked = tokio::select! {
            () = tokio::time::sleep(HOUSE_KEEPING) => false,
            _ = hangup.recv() => true,
            _ = stop.changed() => return,
        };
        limiter().write_left_out();
        let Some(tls) = tls.as_ref().filter(|tls| is_asked || tls.has_changed()) else { continue };
        match tls.renew() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => {
                tracing::error!(id = "certificate-refused", %error, "the certificate before stays in use")
            }
        }
    }
}
