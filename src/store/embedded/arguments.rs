//! The command line that makes a server of `clickhouse local`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

/// A query that never ends, because `clickhouse local` serves as long as its last query runs.
const FOREVER: &str = "SELECT sleepEachRow(1) FROM system.numbers \
    SETTINGS max_block_size=1, function_sleep_max_microseconds_per_block=0 FORMAT Null";

/// The arguments after the program's name (and after `local`, for the binary).
pub(super) fn build(
    data: &Path,
    config: &Path,
    http: Option<SocketAddr>,
    tcp: Option<SocketAddr>,
) -> Vec<OsString> {
    let mut arguments = vec![with_path("--config-file=", config), with_path("--path=", data)];
    let mut query = String::new();
    if let Some(host) = http.or(tcp) {
        arguments.push(format!("--listen_host={}", host.ip()).into());
    }
    if let Some(address) = http {
        arguments.push(format!("--http_port={}", address.port()).into());
        query.push_str("SYSTEM START LISTEN HTTP; ");
    }
    if let Some(address) = tcp {
        arguments.push(format!("--tcp_port={}", address.port()).into());
        query.push_str("SYSTEM START LISTEN TCP; ");
    }
    query.push_str(FOREVER);
    arguments.push("--query".into());
    arguments.push(query.into());
    arguments
}

fn with_path(option: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(http: Option<&str>, tcp: Option<&str>) -> String {
        let parse = |text: &str| text.parse().unwrap();
        let list = build(Path::new("/d"), Path::new("/c.xml"), http.map(parse), tcp.map(parse));
        list.join(&OsString::from(" ")).into_string().unwrap()
    }

    #[test]
    fn only_the_configured_listeners_start() {
        let line = built(Some("127.0.0.1:8123"), None);
        assert!(line.starts_with("--config-file=/c.xml --path=/d --listen_host=127.0.0.1 "));
        assert!(
            line.contains("--http_port=8123 --query SYSTEM START LISTEN HTTP; SELECT"),
            "{line}"
        );
        assert!(!line.contains("TCP"), "{line}");
        let line = built(Some("[::1]:1"), Some("[::1]:2"));
        assert!(line.contains("--listen_host=::1 --http_port=1 --tcp_port=2"), "{line}");
    }
}
