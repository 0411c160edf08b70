//! Headers that are not what somebody meant: misspelt names, names of old browsers, and values that begin with a part of the
//! name.

use super::Analysis;
use super::finding::{Finding, FindingLevel};
use super::head::ResponseHead;
use super::written::display_word;
use crate::pipeline::judge::within;

/// The headers that matter here: as they are written, and without anything but letters.
const HEADERS: [(&str, &str); 8] = [
    ("Content-Security-Policy", "contentsecuritypolicy"),
    ("Content-Security-Policy-Report-Only", "contentsecuritypolicyreportonly"),
    ("Reporting-Endpoints", "reportingendpoints"),
    ("Report-To", "reportto"),
    ("Integrity-Policy", "integritypolicy"),
    ("Integrity-Policy-Report-Only", "integritypolicyreportonly"),
    ("Connection-Allowlist", "connectionallowlist"),
    ("Connection-Allowlist-Report-Only", "connectionallowlistreportonly"),
];
/// Other names that are meant for one of them: how they are written without anything but letters, and which one is meant.
const ALIASES: [(&str, usize); 13] = [
    ("webkitcsp", 0),
    ("csp", 0),
    ("contentpolicy", 0),
    ("securitypolicy", 0),
    ("contentsecurity", 0),
    ("webkitcspreportonly", 1),
    ("cspreportonly", 1),
    ("contentsecuritypolicyreport", 1),
    ("contentsecuritypolicyreporting", 1),
    ("contentsecuritypolicyreportingonly", 1),
    ("contentsecurityreportonly", 1),
    ("reportendpoints", 2),
    ("endpoints", 2),
];

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let head = &analysis.page.head;
    let mut findings = Vec::new();
    for (name, value) in head.fields() {
        match meant(name) {
            Some(header) if name.eq_ignore_ascii_case(header) => {
                findings.extend(Malformed::find(header, value).map(|fault| fault.finding(header)));
            }
            Some(header) => findings.push(misspelt(head, name, header)),
            None if name == "report-uri" => findings.push(directive_as_header(analysis)),
            None => {}
        }
    }
    findings
}

/// Whether a policy is there under a name that browsers do not know.
pub(super) fn has_misspelt_policy(head: &ResponseHead) -> bool {
    let is_policy = |name: &str| {
        meant(name).is_some_and(|header| {
            header.starts_with("Content") && !name.eq_ignore_ascii_case(header)
        })
    };
    head.fields().any(|(name, _)| is_policy(name))
}

/// The value of a header without what [`Malformed`] finds at its beginning: what somebody meant, by which the rest of the page
/// is judged.
pub(super) fn meant_value<'v>(header: &str, value: &'v str) -> &'v str {
    let rest = match Malformed::find(header, value) {
        None => return value,
        Some(Malformed::Colon) => value.trim_start_matches([':', ' ', '\t']),
        Some(Malformed::Name) => value.split_once(':').map_or(value, |(_, rest)| rest),
        // Of single quotes, those at the end may belong to a keyword.
        Some(Malformed::Quote) => value[1..].trim_end_matches('"'),
    };
    rest.trim_start()
}

/// The header that a name is meant for.
fn meant(name: &str) -> Option<&'static str> {
    let letters: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let letters = match letters.strip_prefix('x') {
        Some(rest) if name.starts_with(['x', 'X']) && name[1..].starts_with(['-', '_']) => rest,
        _ => letters.as_str(),
    };
    let exact = HEADERS.iter().find(|(_, known)| *known == letters);
    if let Some((header, _)) = exact {
        return Some(header);
    }
    if let Some((_, index)) = ALIASES.iter().find(|(alias, _)| *alias == letters) {
        return Some(HEADERS[*index].0);
    }
    // Of a short name, two other letters make another header.
    let errors_max = match letters.len() {
        0..12 => 1,
        12..18 => 2,
        _ => 3,
    };
    let errors = |(header, known): &(&'static str, &str)| {
        Some((within(letters.as_bytes(), known.as_bytes(), errors_max)?, *header))
    };
    HEADERS.iter().filter_map(errors).min().map(|(_, header)| header)
}

fn misspelt(head: &ResponseHead, name: &str, header: &str) -> Finding {
    let is_there = head.values(&header.to_ascii_lowercase()).next().is_some();
    let level = if is_there { FindingLevel::Advice } else { FindingLevel::Silent };
    let shown = display_word(name.trim_end());
    let (what, why) = if name.trim_end().eq_ignore_ascii_case(header) {
        (
            format!("there is a space between the name {shown} and the colon"),
            "Firefox ignores such a header, and proxies may refuse the whole response (RFC 9112, section 5.1)",
        )
    } else if name.starts_with("x-") {
        (
            format!("{shown} is a name from before the standard"),
            "Browsers dropped these names years ago, and ignore the header",
        )
    } else {
        (
            format!("no browser knows the header {shown}"),
            "Browsers ignore it, and nothing shows that",
        )
    };
    let fix = match is_there {
        true => format!("remove it: the page has {header}"),
        false => format!("send it as {header}"),
    };
    Finding::new(level, "header-misspelt", shown).what(what).why(why).fix(fix)
}

fn directive_as_header(analysis: &Analysis<'_>) -> Finding {
    Finding::advice("header-misspelt", "report-uri")
        .what("report-uri is a header of its own")
        .why("It is a directive of a policy; browsers ignore a header of that name")
        .fix(format!("end the policy with `; report-uri {}`", analysis.collector()))
}

/// What a header's value begins with that does not belong there.
#[derive(Clone, Copy, Debug)]
enum Malformed {
    Colon,
    Name,
    Quote,
}

impl Malformed {
    fn find(header: &str, value: &str) -> Option<Self> {
        let repeats_name = || {
            let (name, _) = value.split_once(':')?;
            name.trim_end().eq_ignore_ascii_case(header).then_some(Self::Name)
        };
        match value.as_bytes().first()? {
            b':' => Some(Self::Colon),
            b'"' | b'\'' if header.starts_with("Content") => Some(Self::Quote),
            _ => repeats_name(),
        }
    }

    fn finding(self, header: &str) -> Finding {
        let what = match self {
            Self::Colon => "there are two colons after the name",
            Self::Name => "the value begins with the name once more",
            Self::Quote => "the value is in quotes",
        };
        let fix = match self {
            Self::Colon => format!("write one colon: `{header}: …`"),
            Self::Name => format!("write the name once: `{header}: …`"),
            Self::Quote => {
                "remove the quotes around the value; those of keywords ('self') stay".to_owned()
            }
        };
        // Of a policy only the first directive is lost, of other headers everything.
        let is_policy = header.starts_with("Content");
        let level = if is_policy { FindingLevel::Weak } else { FindingLevel::Silent };
        let why = match is_policy {
            true => {
                "Browsers take that for a part of the first directive, which they do not know then, and ignore it"
            }
            false => {
                "Browsers cannot parse the value, and ignore the header or take its list for an empty one"
            }
        };
        Finding::new(level, "header-malformed", header).what(what).why(why).fix(fix)
    }
}
