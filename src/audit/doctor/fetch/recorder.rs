//! Keeps the bytes with which an answer begins: an HTTP library hides what is odd about a head, such as a space before a
//! colon, for which Firefox ignores the header.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connect::Connection;
use crate::base::limits;
use crate::base::lock::Mutex;

/// A connection that remembers what it received first.
pub struct Recorder {
    connection: Box<dyn Connection>,
    head: RecordedHead,
}

/// The first bytes of an answer.
#[derive(Clone, Default)]
pub struct RecordedHead(Arc<Mutex<Vec<u8>>>);

impl Recorder {
    /// Wraps a connection.
    pub fn new(connection: Box<dyn Connection>) -> (Self, RecordedHead) {
        let head = RecordedHead::default();
        (Self { connection, head: head.clone() }, head)
    }
}

impl RecordedHead {
    /// What was received so far, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock()).into_owned()
    }
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.connection).poll_read(context, buffer);
        let mut head = self.head.0.lock();
        let room = limits::DOCTOR_HEAD_BYTES.saturating_sub(head.len());
        let received = &buffer.filled()[before..];
        head.extend_from_slice(&received[..received.len().min(room)]);
        poll
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}
