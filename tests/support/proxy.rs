//! A proxy before the real ClickHouse that makes the network and the server fail in the ways they do.
//!
//! Each request travels on a connection of its own, so that a fault hits exactly one request.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use cspwatch::base::lock::Mutex;

use super::until;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every connection is closed before anything was read.
    Closed,
    /// Every request is taken, and never answered.
    Silent,
    /// The INSERT is carried out, and the answer comes so much later.
    Late(Duration),
    /// Only the head of the INSERT and so many bytes of its rows arrive. Not less: half a head, and the
    /// library's server ends (seen with 26.7.2.1: it cannot answer 400, and does not expect that).
    CutRequest(usize),
    /// The INSERT is carried out, and only so many bytes of the answer arrive.
    CutAnswer(usize),
    /// Of the answer to what is no INSERT only so many bytes arrive.
    CutQuery(usize),
    /// The INSERT is not carried out; the answer is this error.
    Refused(u32, &'static str),
    /// The INSERT is carried out, and the answer is this error all the same.
    Denied(u32, &'static str),
}

impl Fault {
    fn hits(self, request: &[u8], table: &str) -> bool {
        match self {
            Self::Silent => true,
            Self::CutQuery(_) => !is_insert(request, ""),
            _ => is_insert(request, table),
        }
    }
}

/// The running proxy. Its threads end with the test program.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    fault: Mutex<Option<Fault>>,
    /// Of which INSERTs; empty: of all.
    table: Mutex<&'static str>,
    hits: AtomicUsize,
}

impl Proxy {
    /// Stands before a server.
    pub fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (fault, table) = Default::default();
        let shared = Arc::new(Shared { upstream, fault, table, hits: AtomicUsize::new(0) });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                // Whatever breaks on the way is one more fault.
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { address, shared }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this goes wrong; `None`: nothing.
    pub fn fail(&self, fault: Option<Fault>) {
        *self.shared.fault.lock() = fault;
    }

    /// From now on faults of INSERTs hit those into this table only.
    pub fn only(&self, table: &'static str) {
        *self.shared.table.lock() = table;
    }

    /// Requests that something went wrong with.
    pub fn hits(&self) -> usize {
        self.shared.hits.load(Ordering::Relaxed)
    }

    /// Lets this go wrong with so many requests, at least.
    #[track_caller]
    pub fn fail_times(&self, fault: Fault, times: usize) {
        let enough = self.hits() + times;
        self.fail(Some(fault));
        until("the fault has hit", || self.hits() >= enough);
        self.fail(None);
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        if *self.fault.lock() == Some(Fault::Closed) {
            self.hit();
            return Ok(());
        }
        let request = read_request(&mut client)?;
        let fault = *self.fault.lock();
        let table = *self.table.lock();
        match fault.filter(|fault| fault.hits(&request, table)) {
            None | Some(Fault::Closed) => client.write_all(&self.forward(&request)?),
            Some(fault) => {
                self.hit();
                self.spoil(fault, &request, client)
            }
        }
    }

    fn spoil(&self, fault: Fault, request: &[u8], mut client: TcpStream) -> io::Result<()> {
        match fault {
            Fault::Closed => Ok(()),
            // Until the other side has had enough.
            Fault::Silent => client.read(&mut [0]).map(drop),
            Fault::Late(delay) => {
                let answer = self.forward(request)?;
                thread::sleep(delay);
                client.write_all(&answer)
            }
            Fault::CutRequest(bytes) => {
                let mut upstream = TcpStream::connect(self.upstream)?;
                let head = head_bytes(request).unwrap_or(0);
                upstream.write_all(&request[..request.len().min(head + bytes)])
            }
            Fault::CutAnswer(bytes) | Fault::CutQuery(bytes) => {
                let answer = self.forward(request)?;
                client.write_all(&answer[..bytes.min(answer.len())])
            }
            Fault::Refused(code, words) => client.write_all(&error(code, words)),
            Fault::Denied(code, words) => {
                self.forward(request)?;
                client.write_all(&error(code, words))
            }
        }
    }

    /// Asks the server.
    fn forward(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(self.upstream)?;
        let end_of_line = request.iter().position(|byte| *byte == b'\n').unwrap_or(0) + 1;
        upstream.write_all(&request[..end_of_line])?;
        // So that the answer ends with the connection, for us and for the client.
        upstream.write_all(b"Connection: close\r\n")?;
        upstream.write_all(&request[end_of_line..])?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads one request, head and body.
fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while !is_whole(&request) {
        match client.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => request.extend_from_slice(&buffer[..length]),
        }
    }
    Ok(request)
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = head_bytes(request) else { return false };
    let (head, body) = request.split_at(end);
    let head = String::from_utf8_lossy(head).to_lowercase();
    if head.contains("transfer-encoding: chunked") {
        return body == b"0\r\n\r\n" || body.ends_with(b"\r\n0\r\n\r\n");
    }
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

/// Bytes of the head, with the empty line that ends it.
fn head_bytes(request: &[u8]) -> Option<usize> {
    request.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|end| end + 4)
}

fn is_insert(request: &[u8], table: &str) -> bool {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    line.contains("query=INSERT") && line.contains(&format!("query_id={table}"))
}

/// An error as ClickHouse words it.
fn error(code: u32, words: &str) -> Vec<u8> {
    let body = format!("Code: {code}. DB::Exception: {words}. (version 26.7.1.1)\n");
    let length = body.len();
    format!(
        "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: {length}\r\n\
         X-ClickHouse-Exception-Code: {code}\r\n\r\n{body}"
    )
    .into_bytes()
}
