//! `[privacy]`

use std::path::PathBuf;

use super::checker::Checker;
use super::named_file::NamedFile;
use super::parse;
use super::secret::check_secret_file;
use crate::base::limits;

/// What is kept of visitors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// What is kept of the query strings of URLs.
    pub keep_query: KeepQuery,
    /// The file with the secret of the keyed client hash; `None` where the journal has it, made at first start.
    pub client_key_file: Option<PathBuf>,
    /// How many days a key of the client hash is used; `None` for ever.
    pub client_key_rotation: Option<u32>,
}

/// What is kept of a URL's query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeepQuery {
    /// Nothing.
    #[default]
    None,
    /// These parameters: a site may need one to distinguish its pages.
    Parameters(Vec<String>),
    /// All of it, redacted.
    All,
}

pub(super) fn section(checker: &Checker) -> Privacy {
    let parameters = checker.list("privacy.keep_parameters", |text| Ok(text.to_owned()));
    let keep_query = match checker.value("privacy.keep_query", false, parse::boolean) {
        true => KeepQuery::All,
        false if parameters.is_empty() => KeepQuery::None,
        false => KeepQuery::Parameters(parameters),
    };
    let client_key_file = checker.text("privacy.client_key_file").map(PathBuf::from);
    if let Some(file) = &client_key_file
        && checker.reads(NamedFile::ClientKey)
        && let Err(message) = check_secret_file(file, limits::CLIENT_KEY_BYTES)
    {
        checker.add_problem("privacy.client_key_file", message);
    }
    let client_key_rotation = checker.value("privacy.client_key_rotation", None, rotation);
    Privacy { keep_query, client_key_file, client_key_rotation }
}

/// The shortest rotation: within some days, detection must know who was there before.
const ROTATION_MIN: u32 = 7;

fn rotation(text: &str) -> Result<Option<u32>, String> {
    match parse::days(text)? {
        Some(days) if days < ROTATION_MIN => {
            Err(format!("\"{text}\" is too short; a key is used for a week at least, \"7d\""))
        }
        days => Ok(days),
    }
}
