//! The least HTTP that a test needs: one request, one answer, no crate in between.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Sends one HTTP/1.0 request (so the answer ends with the connection and is not chunked).
pub fn request(to: SocketAddr, method: &str, target: &str, body: &str) -> io::Result<Answer> {
    request_with(to, method, target, "", body)
}

/// Likewise with these headers, each with its end of line.
pub fn request_with(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    write!(stream, "{method} {target} HTTP/1.0\r\nHost: {to}\r\n{headers}")?;
    write!(stream, "Content-Length: {length}\r\n\r\n")?;
    stream.write_all(body.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok(Answer { status: status.ok_or(io::ErrorKind::InvalidData)?, body: body.to_owned() })
}
