//! `cspwatch completions`: what a shell completes.

use clap_complete::{Shell, generate};

use super::Failure;
use crate::base::stdout::stdout;

/// Prints the completions of a shell, for the place where it looks for them.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the completions of the program's command line.
pub fn run(args: &CompletionsArgs, mut program: clap::Command) -> Result<(), Failure> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    generate(args.shell, &mut program, name, &mut script);
    Ok(std::io::Write::write_all(&mut stdout(), &script)?)
}
