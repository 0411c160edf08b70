//! Says before the start which port is taken: ClickHouse would say so with a stack trace.

use std::net::{SocketAddr, TcpListener};

use super::{Error, LaunchOptions};

/// Checks that the addresses make sense together and are free.
pub(super) fn check(options: &LaunchOptions) -> Result<(), Error> {
    match (options.http, options.tcp) {
        (None, None) => return Err(Error::NothingToListenOn),
        (Some(http), Some(tcp)) if http.ip() != tcp.ip() => {
            return Err(Error::DifferentHosts { http, tcp });
        }
        _ => {}
    }
    if let Some(address) = options.http {
        check_free(address, "--http (clickhouse.embedded_http in the configuration)")?;
    }
    if let Some(address) = options.tcp {
        check_free(address, "--tcp")?;
    }
    Ok(())
}

/// Binding is the only test that cannot lie; another process may still be quicker afterwards, and
/// then ClickHouse itself refuses.
fn check_free(address: SocketAddr, option: &'static str) -> Result<(), Error> {
    TcpListener::bind(address).map(drop).map_err(|cause| Error::Port { address, option, cause })
}
