//! The head of an HTTP response, from the network or as somebody pastes it.

use std::mem;

/// The header fields of a response, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// Names are lower-case.
    fields: Vec<(String, String)>,
}

/// A text that is not a response head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: {text:?} is not a header field; write `Name: value`, as `curl -sI URL` prints"
)]
pub struct InvalidHead {
    line: usize,
    text: String,
}

impl ResponseHead {
    /// Appends a field.
    pub fn push(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }

    /// The values of all fields of a name, which is lower-case.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The name and the value of each field.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values of all fields of a name as one value (RFC 9110, section 5.3). `None`: there is no such field.
    pub fn joined(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.values(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Parses what `curl -sI`, `curl -sIL` or `curl -si` prints. Of several heads, the last counts. Returns it, and the
    /// text after it. The first head need not have a status line.
    ///
    /// # Errors
    /// [`InvalidHead`] if a line does not belong into a head, or there is no field at all.
    pub fn parse(text: &str) -> Result<(Self, &str), InvalidHead> {
        Self::parse_heads(text, true)
    }

    /// Parses what a server sent: only interim responses (1xx) have another head behind them, and a body that looks like one
    /// is a body.
    ///
    /// # Errors
    /// [`InvalidHead`], as [`Self::parse`].
    pub fn parse_received(text: &str) -> Result<Self, InvalidHead> {
        Self::parse_heads(text, false).map(|(head, _)| head)
    }

    /// `is_pasted`: behind any head, there may be another.
    fn parse_heads(text: &str, is_pasted: bool) -> Result<(Self, &str), InvalidHead> {
        let mut head = Self::default();
        let mut is_interim = false;
        let mut rest = text.trim_start_matches(['\r', '\n']);
        let mut number = 1 + text[..text.len() - rest.len()].matches('\n').count();
        loop {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let line = line.strip_suffix('\r').unwrap_or(line);
            rest = after;
            match line.split_once(':') {
                _ if line.is_empty() && rest.starts_with("HTTP/") && (is_pasted || is_interim) => {
                    drop(mem::take(&mut head));
                }
                _ if line.is_empty() => break,
                _ if line.starts_with("HTTP/") => {
                    let status = line.split(' ').nth(1).unwrap_or_default();
                    is_interim = status.starts_with('1');
                }
                // Obsolete line folding (RFC 9112, section 5.2).
                _ if line.starts_with([' ', '\t']) && !head.fields.is_empty() => head.unfold(line),
                // Chromium accepts spaces before the colon; they stay, so that the name is no known one.
                Some((name, value)) if is_name(name.trim_end_matches([' ', '\t'])) => {
                    head.push(name, value);
                }
                _ => return Err(InvalidHead::at(number, line)),
            }
            number += 1;
        }
        if head.fields.is_empty() {
            return Err(InvalidHead::at(number, text.lines().next().unwrap_or_default()));
        }
        Ok((head, rest))
    }

    fn unfold(&mut self, line: &str) {
        if let Some((_, value)) = self.fields.last_mut() {
            value.push(' ');
            value.push_str(line.trim());
        }
    }
}

impl InvalidHead {
    fn at(line: usize, text: &str) -> Self {
        Self { line, text: text.chars().take(80).collect() }
    }
}

/// A token (RFC 9110, section 5.6.2).
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, fields: &[(&str, &str)], body: &str) {
        let (head, rest) = ResponseHead::parse(text).unwrap();
        let fields_of = head.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let found: Vec<_> = fields_of.collect();
        assert_eq!((&found[..], rest), (fields, body), "{text}");
    }

    #[test]
    fn heads_are_read_as_curl_prints_them() {
        check("HTTP/2 200 \r\nA: b\r\n\r\n", &[("a", "b")], "");
        check("A: b\nC:d", &[("a", "b"), ("c", "d")], "");
        check("HTTP/1.1 301 x\nA: b\n\nHTTP/1.1 200 OK\nA: c\n\n", &[("a", "c")], "");
        check("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n<p>x: y", &[("a", "b c")], "<p>x: y");
        check("\n\nA: b: c\nA: d\n", &[("a", "b: c"), ("a", "d")], "");
        check("A : b\nC:: d\n", &[("a ", "b"), ("c", ": d")], "");
    }

    #[test]
    fn a_body_that_looks_like_a_head_is_none_if_a_server_sent_it() {
        let hints = "HTTP/1.1 103 Early Hints\r\nA: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n";
        for body in ["", "HTTP/1.1 200 OK\r\nA: c\r\n\r\n"] {
            let head = ResponseHead::parse_received(&format!("{hints}{body}")).unwrap();
            assert_eq!(head.joined("a").as_deref(), Some("b"), "{body}");
        }
    }

    #[test]
    fn an_invalid_head_is_refused_with_the_line() {
        for (text, line) in
            [("", 1), ("HTTP/2 200\n\n", 2), ("A: b\n<p>\n", 2), ("\nnothing", 2), (": b", 1)]
        {
            assert_eq!(
                ResponseHead::parse(text).map_err(|invalid| invalid.line),
                Err(line),
                "{text}"
            );
        }
    }

    #[test]
    fn fields_with_the_same_name_make_one_list() {
        let (head, _) = ResponseHead::parse("A: b\nB: x\na: c\n").unwrap();
        assert_eq!(head.joined("a"), Some("b, c".to_owned()));
        assert_eq!(head.joined("c"), None);
    }
}
