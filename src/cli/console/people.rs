//! Users and tokens of the console.

use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::super::table::{self, safe};
use super::super::{
    ConfigArgs, Environment, Failure, duration_at_least, eprintln_line, print_line,
};
use crate::base::clock::{HOUR, Timestamp};
use crate::base::hex::to_hex;
use crate::base::random::random;
use crate::base::stdout::stdout;
use crate::console::people::{
    ApiToken, LocalUser, PASSWORD_CHARS_MIN, PasswordHash, Role, change, check_name, generated,
    load,
};

/// The largest password that is read.
const PASSWORD_BYTES: u64 = 1_000;

#[derive(Debug, clap::Subcommand)]
pub(super) enum UserCommand {
    /// Adds a user, or gives one another role and password. Prints a password that was made up for it, once.
    Add(UserAddArgs),
    /// Lists the users.
    List(ListArgs),
    /// Removes a user.
    Remove(NameArgs),
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum TokenCommand {
    /// Adds a token and prints it, once: only its hash is kept.
    Add(TokenAddArgs),
    /// Lists the tokens.
    List(ListArgs),
    /// Revokes a token.
    Revoke(NameArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct UserAddArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The name to log in with; decisions are kept with it.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    /// What the user may do: read; decide; approve scripts as well.
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// Read the password from standard input, of at least 15 characters.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct TokenAddArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The name that decisions are kept with.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    /// What programs with this token may do.
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// How long it is valid, as 90d. Without it: until it is revoked.
    #[arg(long, value_name = "TIME", value_parser = validity)]
    expires: Option<Duration>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct NameArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn user(command: &UserCommand, environment: &Environment) -> Result<(), Failure> {
    match command {
        UserCommand::Add(args) => add_user(args, environment),
        UserCommand::List(args) => {
            let people = load(&args.config.load_with(environment, &[])?.console.users_file)?;
            let rows: Vec<_> = people
                .users
                .iter()
                .map(|user| [safe(&user.name), user.role.as_str().to_owned()])
                .collect();
            Ok(table::print(&mut stdout(), ["NAME", "ROLE"], &rows)?)
        }
        UserCommand::Remove(NameArgs { config, name }) => {
            change(&config.load_with(environment, &[])?.console.users_file, |people| {
                let before = people.users.len();
                people.users.retain(|user| user.name != *name);
                if people.users.len() < before { Ok(()) } else { Err(not_there("user", name)) }
            })?;
            Ok(print_line(&format!("removed: {}", safe(name)))?)
        }
    }
}

pub(super) fn token(command: &TokenCommand, environment: &Environment) -> Result<(), Failure> {
    match command {
        TokenCommand::Add(args) => add_token(args, environment),
        TokenCommand::List(args) => {
            let people = load(&args.config.load_with(environment, &[])?.console.users_file)?;
            let expires = |token: &ApiToken| token.expires.clone().unwrap_or("never".to_owned());
            let rows: Vec<_> = people
                .tokens
                .iter()
                .map(|token| [safe(&token.name), token.role.as_str().to_owned(), expires(token)])
                .collect();
            Ok(table::print(&mut stdout(), ["NAME", "ROLE", "EXPIRES"], &rows)?)
        }
        TokenCommand::Revoke(NameArgs { config, name }) => {
            change(&config.load_with(environment, &[])?.console.users_file, |people| {
                let before = people.tokens.len();
                people.tokens.retain(|token| token.name != *name);
                if people.tokens.len() < before { Ok(()) } else { Err(not_there("token", name)) }
            })?;
            Ok(print_line(&format!("revoked: {}", safe(name)))?)
        }
    }
}

fn add_user(args: &UserAddArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, &[])?;
    let password = if args.password_stdin { password_of_stdin()? } else { generated()? };
    let user = LocalUser {
        name: args.name.clone(),
        role: args.role,
        password: PasswordHash::of(&password)?,
    };
    change(&config.console.users_file, |people| {
        people.users.retain(|known| known.name != user.name);
        people.users.push(user);
        Ok(())
    })?;
    if !args.password_stdin {
        eprintln_line("the password, which is shown this once:");
        print_line(&password)?;
    }
    Ok(())
}

fn add_token(args: &TokenAddArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, &[])?;
    let token = format!("cspw_{}", URL_SAFE_NO_PAD.encode(random::<32>()?));
    let added = ApiToken {
        name: args.name.clone(),
        role: args.role,
        sha256: to_hex(&Sha256::digest(&token)),
        expires: args.expires.map(|length| (Timestamp::now() + length).to_string()),
    };
    change(&config.console.users_file, |people| {
        people.tokens.push(added);
        Ok(())
    })?;
    eprintln_line("the token, which is shown this once:");
    Ok(print_line(&token)?)
}

/// The first line of standard input.
fn password_of_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(PASSWORD_BYTES).read_to_string(&mut text)?;
    let password = text.lines().next().unwrap_or_default();
    if password.chars().count() < PASSWORD_CHARS_MIN {
        let message =
            format!("--password-stdin: at least {PASSWORD_CHARS_MIN} characters are needed");
        return Err(Failure::Usage(message.into()));
    }
    Ok(password.to_owned())
}

fn not_there(what: &str, name: &str) -> String {
    format!("has no {what} {:?}; `cspwatch console {what} list` lists them", safe(name))
}

fn name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

fn validity(text: &str) -> Result<Duration, String> {
    duration_at_least(HOUR, "an hour", text)
}
