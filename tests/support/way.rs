//! How a client reaches a server: where it connects, from which address, and with TLS or without.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::net::TcpSocket;

use super::{block_on, tls};

/// A way to a server.
#[derive(Clone)]
pub struct Way {
    /// Where it connects.
    pub to: SocketAddr,
    /// What a browser's address bar has: scheme, host and port.
    pub origin: String,
    /// The address of loopback that it comes from; `None`: the kernel's choice.
    pub from: Option<IpAddr>,
    /// Whom it trusts; `None`: it speaks without TLS.
    pub tls: Option<Arc<ClientConfig>>,
}

/// A connection.
pub trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Way {
    /// Plain HTTP, by the address.
    pub fn plain(to: SocketAddr) -> Self {
        Self { to, origin: format!("http://{to}"), from: None, tls: None }
    }

    /// TLS under a name, of a server that this authority vouches for.
    pub fn tls(to: SocketAddr, name: &str, trust: Arc<ClientConfig>) -> Self {
        let origin = format!("https://{name}:{}", to.port());
        Self { to, origin, from: None, tls: Some(trust) }
    }

    /// The host, with its port.
    pub fn host(&self) -> &str {
        self.origin.split("//").nth(1).unwrap()
    }

    /// Connects; reading gives up after a minute.
    pub fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = match self.from {
            None => TcpStream::connect(self.to)?,
            Some(from) => connect_from(from, self.to)?,
        };
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let Some(config) = &self.tls else { return Ok(Box::new(stream)) };
        let name = self.host().split(':').next().unwrap().to_owned();
        Ok(Box::new(tls::over(stream, Arc::clone(config), name)?))
    }
}

/// The standard library does not choose the own address.
fn connect_from(from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let stream = block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        socket.connect(to).await?.into_std()
    })?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}
