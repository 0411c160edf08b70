//! `cspwatch man`: a man page for each command.

use std::io;
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::Failure;
use crate::base::out_file;

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
    let mut program = with_exit_status(program).disable_help_subcommand(true);
    program.build();
    Ok(write(&program, &args.dir).map_err(failed)?)
}

/// Adds what the exit codes mean to each command.
fn with_exit_status(command: clap::Command) -> clap::Command {
    let command = command.after_long_help(EXIT_STATUS);
    let names: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| command.mut_subcommand(name, with_exit_status))
}

/// Writes the page of a command and those of the commands below it.
fn write(command: &clap::Command, dir: &Path) -> io::Result<()> {
    for inner in command.get_subcommands() {
        write(inner, dir)?;
    }
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    out_file::write(&dir.join(man.get_filename()), &page)
}
