//! A row of packs, each of which names the one before: with the last of them anybody can check that no earlier one was changed,
//! left out or added.

use sha2::{Digest as _, Sha256};

use crate::base::hex::to_hex;

/// The file with the sums of the others, as `sha256sum --check` reads it. Its own sum represents the pack.
pub const SUMS: &str = "SHA256SUMS";

/// The file with the sum of the pack before; it is among the files of [`SUMS`].
pub const PREVIOUS: &str = "PREVIOUS";

/// The content of [`SUMS`] for some files.
pub fn sums(files: &[(&str, Vec<u8>)]) -> String {
    files.iter().map(|(name, content)| format!("{}  {name}\n", sum(content))).collect()
}

/// The SHA-256 sum of something, in hex.
pub fn sum(content: &[u8]) -> String {
    to_hex(&Sha256::digest(content))
}

/// Whether a text is a sum, as [`sum`] makes it.
pub fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The name and the sum of each file that [`SUMS`] lists; `None` where it has another form, or names a file elsewhere.
pub fn listed(sums: &str) -> Option<Vec<(&str, &str)>> {
    let is_here = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('/');
    let file = |line| {
        let (sum, name): (&str, &str) = str::split_once(line, "  ")?;
        (is_sum(sum) && is_here(name)).then_some((name, sum))
    };
    sums.lines().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_listed_as_they_were_written() {
        let files = [("a.csv", b"1".to_vec()), ("b.html", Vec::new())];
        let written = sums(&files);
        let [one, none] = [sum(b"1"), sum(b"")];
        assert_eq!(listed(&written), Some(vec![("a.csv", one.as_str()), ("b.html", &none)]));
        assert_eq!(listed(""), Some(Vec::new()));
        for wrong in ["x", "abc  a.csv", &format!("{one}  ../a.csv"), &format!("{one}  ")] {
            assert_eq!(listed(wrong), None, "{wrong}");
        }
    }
}
