//! The name of a ClickHouse cluster.

/// Checks the name of a cluster, which goes into SQL unchanged. Names in braces are ClickHouse's own macros.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn cluster_name(text: &str) -> Result<String, String> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '{' | '}');
    if !text.is_empty() && text.len() <= 100 && text.chars().all(is_good) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" cannot be the name of a cluster; write letters, digits, _, -, . and macros in braces"
    ))
}
