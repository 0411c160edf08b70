//! A receiver of syslog, over TCP or TLS.
//!
//! It acknowledges nothing. What is known: the kernel ends the connection when the receiver's has not acknowledged bytes for
//! [`UNACKNOWLEDGED`], and a receiver that ends with bytes unread resets it. So what was sent [`SETTLED`] ago over a
//! connection that is still open, the receiver's machine has, and its process lives. When it ends by our side, the receiver's
//! orderly close says that it has read all.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::message::{Facility, Sender};
use super::{SyslogAddress, TargetError};
use crate::audit::siem::ecs::Event;

/// To connect, with the handshake.
const CONNECT: Duration = Duration::from_secs(10);
/// To take what is sent.
const SEND: Duration = Duration::from_secs(30);
/// So long the receiver's machine may leave bytes unacknowledged; tcp(7), TCP_USER_TIMEOUT.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// After so long it would be known that they were not.
const SETTLED: Duration = Duration::from_secs(15);
/// To read the rest, when it ends.
const CLOSE: Duration = Duration::from_secs(5);

/// The receiver.
pub struct Syslog {
    address: SyslogAddress,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    sender: Sender,
    connection: Option<Pin<Box<dyn Connection>>>,
    sent: u64,
    settled: u64,
    /// When what was sent.
    sent_at: VecDeque<(Instant, u64)>,
}

trait Connection: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> Connection for T {}

impl Syslog {
    /// One that is not connected yet.
    pub(super) fn new(
        address: SyslogAddress,
        tls: Option<ClientConfig>,
        facility: Facility,
    ) -> Result<Self, TargetError> {
        let tls = match tls {
            Some(config) => {
                let name = ServerName::try_from(address.host.clone()).map_err(|error| {
                    TargetError::Syslog { to: address.name(), why: error.to_string() }
                })?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
            None => None,
        };
        let system = rustix::system::uname();
        let host = system.nodename().to_string_lossy();
        let sender = Sender::new(facility, &host, std::process::id());
        let (connection, sent_at) = Default::default();
        Ok(Self { address, tls, sender, connection, sent: 0, settled: 0, sent_at })
    }

    /// Sends a frame for each.
    pub(super) async fn send(&mut self, events: &[Event]) -> Result<u64, TargetError> {
        let frames: String = events.iter().map(|event| self.sender.frame(event)).collect();
        let sent = self.try_send(frames.as_bytes()).await;
        sent.map_err(|error| self.lost(&error.to_string()))?;
        self.sent += 1;
        self.sent_at.push_back((Instant::now(), self.sent));
        Ok(self.sent)
    }

    async fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.connection.is_none() {
            self.connection = Some(in_time(CONNECT, "connect", self.connect()).await?);
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        in_time(SEND, "take what was sent", async {
            connection.write_all(bytes).await?;
            connection.flush().await
        })
        .await
    }

    async fn connect(&self) -> io::Result<Pin<Box<dyn Connection>>> {
        let stream = TcpStream::connect((self.address.host.as_str(), self.address.port)).await?;
        stream.set_nodelay(true)?;
        let millis = u32::try_from(UNACKNOWLEDGED.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&stream, millis)?;
        Ok(match &self.tls {
            Some((tls, name)) => Box::pin(tls.connect(name.clone(), stream).await?),
            None => Box::pin(stream),
        })
    }

    /// Looks whether the connection is open.
    pub(super) fn settled(&mut self) -> Result<u64, TargetError> {
        if let Some(connection) = &mut self.connection {
            match connection.read(&mut [0; 512]).now_or_never() {
                // Receivers say nothing; what they say is not for us.
                None | Some(Ok(1..)) => {}
                Some(Ok(0)) => return Err(self.lost("it has closed the connection")),
                Some(Err(error)) => return Err(self.lost(&error.to_string())),
            }
        }
        while let Some((_, number)) =
            self.sent_at.pop_front_if(|(since, _)| since.elapsed() >= SETTLED)
        {
            self.settled = number;
        }
        Ok(self.settled)
    }

    /// Says that nothing more comes, and waits for the receiver to say the same: then it has read all.
    pub(super) async fn finish(&mut self) -> Result<u64, TargetError> {
        let Some(mut connection) = self.connection.take() else { return Ok(self.settled) };
        let closed = in_time(CLOSE, "read the rest", async {
            connection.shutdown().await?;
            let mut buffer = [0; 512];
            loop {
                match connection.read(&mut buffer).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    // By TLS: it closed without saying so. Bytes that it had not read would have been told by a reset.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        });
        match closed.await {
            Ok(()) => self.settled = self.sent,
            Err(error) => return Err(self.lost(&error.to_string())),
        }
        Ok(self.settled)
    }

    fn lost(&mut self, why: &str) -> TargetError {
        self.connection = None;
        self.sent_at.clear();
        TargetError::Syslog { to: self.address.name(), why: why.to_owned() }
    }
}

async fn in_time<T>(
    bound: Duration,
    what: &str,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let slow = || io::Error::other(format!("took more than {} s to {what}", bound.as_secs()));
    timeout(bound, work).await.unwrap_or_else(|_| Err(slow()))
}
