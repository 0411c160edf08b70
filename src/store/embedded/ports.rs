//! Checks before the start that the ports are free: ClickHouse would print a stack trace instead.

use std::io;
use std::net::{SocketAddr, TcpListener};

use super::{LaunchError, LaunchOptions};

/// The options that change the address of HTTP.
pub(super) const HTTP_OPTION: &str = "--http (clickhouse.embedded_http in the configuration)";

/// Checks that the addresses fit together and are free.
pub(super) fn check(options: &LaunchOptions) -> Result<(), LaunchError> {
    match (options.http, options.tcp) {
        (None, None) => return Err(LaunchError::NothingToListenOn),
        (Some(http), Some(tcp)) if http.ip() != tcp.ip() => {
            return Err(LaunchError::DifferentHosts { http, tcp });
        }
        _ => {}
    }
    if let Some(address) = options.http {
        check_free(address, HTTP_OPTION)?;
    }
    if let Some(address) = options.tcp {
        check_free(address, "--tcp")?;
    }
    Ok(())
}

fn check_free(address: SocketAddr, option: &'static str) -> Result<(), LaunchError> {
    try_port(address).map_err(|cause| LaunchError::Port { address, option, cause })
}

/// Binds the address, which is the only reliable test. If another process takes it afterwards, ClickHouse itself fails.
pub fn try_port(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).map(drop)
}
