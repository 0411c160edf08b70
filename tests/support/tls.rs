//! TLS as a client that trusts one authority.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::certificates::Authority;

/// Trusts what this authority vouches for.
pub fn trust(authority: &Authority) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate()).unwrap();
    config(roots)
}

/// Trusts nobody, and says so in the handshake.
pub fn trust_nobody() -> ClientConfig {
    config(RootCertStore::empty())
}

fn config(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Connects, and goes through the handshake.
pub fn connect(
    to: SocketAddr,
    config: Arc<ClientConfig>,
    name: &'static str,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    over(TcpStream::connect(to)?, config, name.to_owned())
}

/// Goes through the handshake with a server of this name.
pub fn over(
    mut stream: TcpStream,
    config: Arc<ClientConfig>,
    name: String,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let name = name.try_into().map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}
