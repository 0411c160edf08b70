//! `cspwatch man`: a man page for each command.

use std::path::PathBuf;

use super::Failure;

/// Writes the man pages, one for each command, into a directory.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The directory: /usr/share/man/man1 for all users. It is made if it does not exist.
    dir: PathBuf,
}

const EXIT_STATUS: &str = "Exit status: 0 success; 1 failure; 64 wrong usage or configuration.";

/// Writes the pages of the program's command line.
pub fn run(args: &ManArgs, program: clap::Command) -> Result<(), Failure> {
    let failed = |error| format!("cannot write man pages to {}: {error}", args.dir.display());
    std::fs::create_dir_all(&args.dir).map_err(failed)?;
    Ok(clap_mangen::generate_to(with_exit_status(program), &args.dir).map_err(failed)?)
}

/// Adds what the exit codes mean to each command.
fn with_exit_status(command: clap::Command) -> clap::Command {
    let command = command.after_long_help(EXIT_STATUS);
    let names: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| command.mut_subcommand(name, with_exit_status))
}
