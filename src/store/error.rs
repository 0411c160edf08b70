//! What a failed request means: try again, wait for the operator, or quarantine the batch.
//!
//! The `clickhouse` crate passes the server's text on without a code, so the code is read from the text, only here.

use clickhouse::error::Error as ClientError;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The failure may pass by itself, and the batch may even be stored. Send the same batch and token again.
    Retry,
    /// The failure lasts until somebody changes the server, its rights or the schema. Keep the batch, alert, and try again
    /// slowly. Also the class of unknown codes, because nothing is lost by it.
    Hold,
    /// ClickHouse will never take this batch. Bisect it, or put it into quarantine.
    Poison,
}

/// A failed request to ClickHouse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InsertError {
    /// What to do about it.
    pub class: Class,
    /// ClickHouse's error code, if there was one.
    pub code: Option<u32>,
    /// The message of the client or the server, shortened.
    pub message: String,
}

/// The largest number of characters of a message. ClickHouse repeats the query and more, but a log line needs only the
/// beginning.
const LONGEST_MESSAGE: usize = 1000;

impl InsertError {
    /// A request that took too long: its outcome is unknown. `request` completes the sentence "no answer in time to …".
    #[must_use]
    pub fn timed_out(request: &str) -> Self {
        Self { class: Class::Retry, code: None, message: format!("no answer in time to {request}") }
    }

    /// Whether there is no such table or database: UNKNOWN_TABLE, UNKNOWN_DATABASE.
    #[must_use]
    pub fn lacks_tables(&self) -> bool {
        matches!(self.code, Some(60 | 81))
    }

    /// A table that says that it has a batch, and has not.
    #[must_use]
    pub fn does_not_have(table: &str) -> Self {
        let message = format!("{table} says that it has a batch already, and has none of its rows");
        Self { class: Class::Retry, code: None, message }
    }
}

impl From<ClientError> for InsertError {
    fn from(error: ClientError) -> Self {
        let text = describe(&error);
        let (class, code) = match &error {
            ClientError::BadResponse(answer) => match code_of(answer) {
                Some(code) => (classify(code, answer), Some(code)),
                // Not a message of ClickHouse, but of a proxy, or an answer that was cut off.
                None => (Class::Retry, None),
            },
            // The table is not as this binary expects: the table or the binary has to be updated.
            ClientError::SchemaMismatch(_)
            | ClientError::Unsupported(_)
            | ClientError::InvalidParams(_) => (Class::Hold, None),
            // A row that cannot be serialised never will be.
            ClientError::SequenceMustHaveLength
            | ClientError::Custom(_)
            | ClientError::InvalidTagEncoding(_)
            | ClientError::VariantDiscriminatorIsOutOfBound(_)
            | ClientError::InvalidUtf8Encoding(_) => (Class::Poison, None),
            // Transport, timeouts, half an answer: the outcome is unknown, and the token makes it safe to try again.
            _ => (Class::Retry, None),
        };
        let message = match code.map_or("", meaning) {
            "" => shorten(text),
            meaning => format!("{meaning}: {}", shorten(text)),
        };
        Self { class, code, message }
    }
}

/// What a code means, where the server's words lead elsewhere.
fn meaning(code: u32) -> &'static str {
    match code {
        // NO_ZOOKEEPER, TABLE_IS_READ_ONLY, KEEPER_EXCEPTION
        225 | 242 | 999 => {
            "this server is up and has no connection to Keeper, so its replicated tables take nothing until it has"
        }
        // TOO_FEW_LIVE_REPLICAS, UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
        285 | 286 => "fewer replicas are up than clickhouse.insert_quorum wants",
        // ALL_CONNECTION_TRIES_FAILED
        279 => "the server is up and reaches no replica of one of its shards",
        _ => "",
    }
}

/// The error with its causes, on one line: "network error" alone is no help.
fn describe(error: &ClientError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

fn shorten(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_MESSAGE) {
        text.truncate(end);
    }
    // On one line, even when ClickHouse sends a stack trace.
    text.replace(['\n', '\r'], " ")
}

/// The first `Code: N` of a server's answer.
#[must_use]
pub fn code_of(answer: &str) -> Option<u32> {
    answer.split("Code: ").skip(1).find_map(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().ok()
    })
}

/// The class of a server's answer. Names are those of ClickHouse's ErrorCodes.
#[must_use]
pub fn classify(code: u32, answer: &str) -> Class {
    match code {
        // TOO_MANY_PARTS: merges will catch up. "Too many partitions for single INSERT block" has
        // the same code and is a property of the batch.
        252 if answer.contains("Too many partitions") => Class::Poison,
        252 => Class::Retry,
        // TIMEOUT_EXCEEDED, DNS_ERROR, QUOTA_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES,
        // NO_FREE_CONNECTION, SOCKET_TIMEOUT, NETWORK_ERROR, NO_ZOOKEEPER, ABORTED,
        // MEMORY_LIMIT_EXCEEDED, TABLE_IS_READ_ONLY, NOT_ENOUGH_SPACE,
        // ALL_CONNECTION_TRIES_FAILED, TOO_FEW_LIVE_REPLICAS,
        // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, UNKNOWN_STATUS_OF_INSERT, QUERY_WAS_CANCELLED,
        // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING (an attempt that timed out on our side),
        // SYSTEM_ERROR, CANNOT_SCHEDULE_TASK, QUERY_WAS_CANCELLED_BY_CLIENT, KEEPER_EXCEPTION,
        // POCO_EXCEPTION, STD_EXCEPTION, UNKNOWN_EXCEPTION.
        159 | 198 | 201 | 202 | 203 | 209 | 210 | 216 | 225 | 236 | 241 | 242 | 243 | 279 | 285
        | 286 | 319 | 394 | 425 | 439 | 735 | 999 | 1000 | 1001 | 1002 => Class::Retry,
        // A view that the operator added cannot take a row. The table itself has the batch already: under another
        // token, its rows would be stored twice.
        _ if answer.contains("while pushing to view") => Class::Hold,
        // CANNOT_PARSE_INPUT_ASSERTION_FAILED, CANNOT_READ_ALL_DATA, TYPE_MISMATCH, INCORRECT_DATA,
        // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, VIOLATED_CONSTRAINT.
        27 | 33 | 53 | 117 | 349 | 469 => Class::Poison,
        // Known ones: 16 NO_SUCH_COLUMN_IN_TABLE, 20, 47 UNKNOWN_IDENTIFIER, 60 UNKNOWN_TABLE,
        // 81 UNKNOWN_DATABASE, 115 UNKNOWN_SETTING, 164 READONLY, 192 UNKNOWN_USER,
        // 193 WRONG_PASSWORD, 497 ACCESS_DENIED, 516 AUTHENTICATION_FAILED.
        _ => Class::Hold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTITIONS: &str = "Code: 252. DB::Exception: Too many partitions for single INSERT block \
                              (more than 100). (TOO_MANY_PARTS)";
    const PARTS: &str = "Code: 252. DB::Exception: Too many parts (3004). Merges are processing \
                         significantly slower than inserts. (TOO_MANY_PARTS)";

    #[test]
    fn each_answer_has_its_class() {
        let retry =
            [159, 202, 203, 209, 210, 241, 242, 243, 285, 286, 319, 394, 425, 999].map(|code| {
                (format!("Code: {code}. DB::Exception: words. (NAME)"), Class::Retry, Some(code))
            });
        let hold = [16, 20, 47, 60, 81, 115, 164, 192, 193, 497, 516, 4711]
            .map(|code| (format!("Code: {code}. DB::Exception: words"), Class::Hold, Some(code)));
        let poison = [27, 33, 53, 117, 349]
            .map(|code| (format!("Code: {code}. DB::Exception: words"), Class::Poison, Some(code)));
        let special = [
            (PARTITIONS.to_owned(), Class::Poison, Some(252)),
            (PARTS.to_owned(), Class::Retry, Some(252)),
            ("Code: 241".to_owned(), Class::Retry, Some(241)),
            (
                "Code: 210. DB::Exception: Poco. Code: 1000, e.code() = 98".to_owned(),
                Class::Retry,
                Some(210),
            ),
            ("OK\n__exception__Code: 60. DB::Exception: gone".to_owned(), Class::Hold, Some(60)),
            ("<html>502 Bad Gateway</html>".to_owned(), Class::Retry, None),
            ("Code: none".to_owned(), Class::Retry, None),
            (String::new(), Class::Retry, None),
        ];
        for (answer, class, code) in retry.into_iter().chain(hold).chain(poison).chain(special) {
            let error = InsertError::from(ClientError::BadResponse(answer.clone()));
            assert_eq!((error.class, error.code), (class, code), "{answer}");
        }
    }

    #[test]
    fn a_failure_without_an_answer_has_its_class() {
        let boxed = || std::io::Error::other("connection reset").into();
        let table = [
            (ClientError::Network(boxed()), Class::Retry),
            (ClientError::TimedOut, Class::Retry),
            (ClientError::Decompression(boxed()), Class::Retry),
            (ClientError::SchemaMismatch("column x".into()), Class::Hold),
            (ClientError::Unsupported("https".into()), Class::Hold),
            (ClientError::SequenceMustHaveLength, Class::Poison),
        ];
        for (error, class) in table {
            let error = InsertError::from(error);
            assert_eq!((error.class, error.code), (class, None), "{error}");
        }
        let error = InsertError::from(ClientError::Network(boxed()));
        assert_eq!(error.message, "network error: connection reset");
    }

    #[test]
    fn messages_stay_short_and_on_one_line() {
        let long = format!("Code: 60. DB::Exception: {}\nStack trace", "ä".repeat(5000));
        let error = InsertError::from(ClientError::BadResponse(long));
        assert_eq!(error.message.chars().count(), LONGEST_MESSAGE);
        let error = InsertError::from(ClientError::BadResponse("Code: 60.\nStack".into()));
        assert!(!error.message.contains('\n'));
    }
}
