//! The PROXY protocol, versions 1 and 2 (haproxy.org, `doc/proxy-protocol.txt`): a trusted proxy that does not speak HTTP
//! sends the client's address at the start of each connection.

use std::io;
use std::net::IpAddr;

use ppp::HeaderResult;
use ppp::v1;
use ppp::v2::{self, Command, PROTOCOL_PREFIX};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::base::limits;

/// Bytes of the longest header of version 1, its end of line included (section 2.1).
const V1_BYTES: usize = 107;
/// Bytes of version 2 up to the length of the rest, that field included (section 2.2).
const V2_HEAD_BYTES: usize = 16;

/// Reads the header off a connection. `Ok(None)` where it names no client: the proxy speaks for itself (a health check),
/// or does not know the client.
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Option<IpAddr>> {
    let header = timeout(limits::PROXY_HEADER, take_header(stream)).await??;
    match HeaderResult::parse(&header) {
        HeaderResult::V1(Ok(header)) => Ok(match header.addresses {
            v1::Addresses::Tcp4(addresses) => Some(addresses.source_address.into()),
            v1::Addresses::Tcp6(addresses) => Some(addresses.source_address.into()),
            v1::Addresses::Unknown => None,
        }),
        HeaderResult::V2(Ok(header)) => Ok(match header.addresses {
            _ if header.command == Command::Local => None,
            v2::Addresses::IPv4(addresses) => Some(addresses.source_address.into()),
            v2::Addresses::IPv6(addresses) => Some(addresses.source_address.into()),
            v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
        }),
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => Err(invalid()),
    }
}

/// Reads exactly the header's bytes: what follows is the client's request.
async fn take_header(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    // No header of version 1 is shorter than this.
    let mut header = vec![0; PROTOCOL_PREFIX.len()];
    stream.read_exact(&mut header).await?;
    if header == PROTOCOL_PREFIX {
        take_more(stream, &mut header, V2_HEAD_BYTES - PROTOCOL_PREFIX.len()).await?;
        let rest = usize::from(u16::from_be_bytes([header[14], header[15]]));
        if rest > limits::PROXY_HEADER_BYTES {
            return Err(invalid());
        }
        take_more(stream, &mut header, rest).await?;
        return Ok(header);
    }
    while !header.ends_with(b"\n") {
        let mut ahead = [0; V1_BYTES];
        let room = V1_BYTES.saturating_sub(header.len());
        let seen = stream.peek(&mut ahead[..room]).await?;
        if !header.starts_with(b"PROXY ") || seen == 0 {
            return Err(invalid());
        }
        let line_end = ahead[..seen].iter().position(|byte| *byte == b'\n');
        take_more(stream, &mut header, line_end.map_or(seen, |end| end + 1)).await?;
    }
    Ok(header)
}

async fn take_more(stream: &mut TcpStream, header: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let start = header.len();
    header.resize(start + count, 0);
    stream.read_exact(&mut header[start..]).await.map(drop)
}

fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no header of the PROXY protocol")
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    /// The result of reading a connection that begins with `sent`, and the bytes that are left for HTTP.
    async fn reading(sent: &[u8]) -> (io::Result<Option<IpAddr>>, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        client.write_all(sent).await.unwrap();
        drop(client);
        let address = read(&mut stream).await;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        (address, rest)
    }

    fn v2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let mut header = Vec::from(PROTOCOL_PREFIX);
        header.extend([0x20 | command, family]);
        header.extend(u16::try_from(addresses.len()).unwrap().to_be_bytes());
        header.extend(addresses);
        header
    }

    #[tokio::test]
    async fn both_versions_name_the_client_and_leave_the_rest() {
        let ipv4 = [203, 0, 113, 7, 10, 0, 0, 1, 0, 1, 0, 80];
        let with_tlv = [&ipv4[..], &[4, 0, 1, 42]].concat();
        let mut ipv6 = [0; 36];
        ipv6[..2].copy_from_slice(&[0x20, 0x01]);
        for (header, expected) in [
            (b"PROXY TCP4 203.0.113.7 10.0.0.1 1 80\r\n".to_vec(), Some("203.0.113.7")),
            (b"PROXY TCP6 2001:db8::1 ::1 1 80\r\n".to_vec(), Some("2001:db8::1")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (v2(1, 0x11, &ipv4), Some("203.0.113.7")),
            (v2(1, 0x11, &with_tlv), Some("203.0.113.7")),
            (v2(1, 0x21, &ipv6), Some("2001::")),
            (v2(0, 0x11, &ipv4), None),
            (v2(0, 0x00, &[]), None),
        ] {
            let sent = [&header[..], b"POST /report"].concat();
            let (address, rest) = reading(&sent).await;
            let address = address.unwrap().map(|address| address.to_string());
            assert_eq!(address.as_deref(), expected, "{header:?}");
            assert_eq!(rest, b"POST /report", "{header:?}");
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let long = [b"PROXY TCP4 ".as_slice(), &[b'1'; 200], b"\r\n"].concat();
        for sent in [
            b"".as_slice(),
            b"POST /report HTTP/1.1\r\nHost: c\r\n\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 1 80",
            b"PROXY TCP4 nonsense 10.0.0.1 1 80\r\n",
            &long,
            &v2(1, 0x11, &[1, 2, 3]),
            &v2(2, 0x11, &[0; 12]),
            &v2(1, 0x11, &[0; 5_000]),
        ] {
            assert!(reading(sent).await.0.is_err(), "{sent:?}");
        }
    }
}
