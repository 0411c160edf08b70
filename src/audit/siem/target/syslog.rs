//! A receiver of syslog, over TCP or TLS.
//!
//! Syslog has no acknowledgements. What is known: the kernel ends the connection when the receiver's machine has not
//! acknowledged bytes for [`UNACKNOWLEDGED`], and a receiver that ends with unread bytes resets the connection. So if a
//! connection is still open [`SETTLED`] after bytes were sent, the receiver's machine has them, and its process is alive.
//! When our side closes the connection, an orderly close of the receiver shows that it has read everything.

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

/// How long connecting may take, with the handshake.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the receiver may take to accept what is sent.
const SEND: Duration = Duration::from_secs(30);
/// How long the receiver's machine may leave bytes unacknowledged (tcp(7), TCP_USER_TIMEOUT).
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// When bytes count as settled: if they had not been acknowledged, the connection would have ended by then.
const SETTLED: Duration = Duration::from_secs(15);
/// How long the receiver may take to read the rest when the connection is closed.
const CLOSE: Duration = Duration::from_secs(5);

/// A syslog receiver.
pub struct Syslog {
    address: SyslogAddress,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    sender: Sender,
    connection: Option<Pin<Box<dyn SyslogConnection>>>,
    sent: u64,
    settled: u64,
    /// When each number was sent.
    sent_at: VecDeque<(Instant, u64)>,
}

trait SyslogConnection: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> SyslogConnection for T {}

impl Syslog {
    /// Does not connect yet.
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

    /// Sends one frame for each event, over a new connection where there is none.
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

    async fn connect(&self) -> io::Result<Pin<Box<dyn SyslogConnection>>> {
        let stream = TcpStream::connect((self.address.host.as_str(), self.address.port)).await?;
        stream.set_nodelay(true)?;
        let millis = u32::try_from(UNACKNOWLEDGED.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&stream, millis)?;
        Ok(match &self.tls {
            Some((tls, name)) => Box::pin(tls.connect(name.clone(), stream).await?),
            None => Box::pin(stream),
        })
    }

    /// Checks that the connection is still open, and returns what has settled.
    pub(super) fn settled(&mut self) -> Result<u64, TargetError> {
        if let Some(connection) = &mut self.connection {
            match connection.read(&mut [0; 512]).now_or_never() {
                // Receivers should not send anything; what they send is ignored.
                None | Some(Ok(1..)) => {}
                Some(Ok(0)) => return Err(self.lost("it closed the connection")),
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

    /// Closes our side and waits for the receiver to close its side: then it has read everything.
    pub(super) async fn finish(&mut self) -> Result<u64, TargetError> {
        let Some(mut connection) = self.connection.take() else { return Ok(self.settled) };
        let closed = in_time(CLOSE, "read the rest", async {
            connection.shutdown().await?;
            let mut buffer = [0; 512];
            loop {
                match connection.read(&mut buffer).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    // With TLS: it closed without close_notify. Unread bytes would have caused a reset.
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
    task: &str,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let slow = || io::Error::other(format!("took more than {} s to {task}", bound.as_secs()));
    timeout(bound, work).await.unwrap_or_else(|_| Err(slow()))
}
