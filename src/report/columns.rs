//! The columns of a violation, in one place: the journal's row, the rows of ClickHouse's table `reports`, and what turns one
//! into the other follow from this list.

/// Calls the macro `$make` with the columns that a violation has wherever it is kept.
///
/// - `codes`: closed sets, a code of one byte in the journal and a name in ClickHouse;
/// - `texts`: bounded, cleaned and redacted;
/// - `numbers`: unsigned integers;
/// - `flags`: yes or no.
///
/// The order of codes, texts and numbers is that in which the journal writes them; it never changes. Columns that the
/// journal and ClickHouse spell differently (`fingerprint`, `policy_hash`, `disposition`) are not among them.
macro_rules! with_violation_columns {
    ($make:ident) => {
        $make! {
            codes {
                kind: Kind = Kind::Other,
                verdict: Verdict = Verdict::Other,
                channel: Channel = Channel::Other,
                engine: Engine = Engine::Other,
            }
            texts {
                site, page_group, type_name, directive, reason, destination,
                blocked_scheme, blocked_host, blocked_path,
                document_host, document_path,
                source_scheme, source_host, source_path,
                sample, detail,
            }
            numbers {
                blocked_port: u16, line: u32, column: u32, status_code: u16, engine_version: u16,
            }
            flags { pan_in_url, verified, }
        }
    };
}

pub(crate) use with_violation_columns;
