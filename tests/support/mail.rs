//! A mail server in the test process that keeps what it was sent.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use cspwatch::base::lock::Mutex;

/// A mail with a text and the same as HTML.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The header of this name, as it came.
    pub subject: String,
    /// The part `text/plain`.
    pub text: String,
    /// The part `text/html`.
    pub html: String,
}

/// A running server. Its thread ends with the test program.
pub struct MailServer {
    address: SocketAddr,
    inbox: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// Serves on a port of its own, one client after the other.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let inbox = Arc::<Mutex<Vec<Mail>>>::default();
        let server = Self { address, inbox: Arc::clone(&inbox) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects has sent no mail.
                let _ = converse(&stream, &inbox);
            }
        });
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Mail> {
        self.inbox.lock().clone()
    }
}

fn converse(mut stream: &TcpStream, inbox: &Mutex<Vec<Mail>>) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"220 ready\r\n")?;
    while let Some(line) = lines.next() {
        let answer = match line?.as_str() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mail: io::Result<Vec<String>> =
                    lines.by_ref().take_while(|line| !matches!(line.as_deref(), Ok("."))).collect();
                inbox.lock().push(parse(&mail?.join("\n")));
                "250 kept"
            }
            "QUIT" => "221 bye",
            // Whoever it comes from and goes to; and nothing that EHLO could offer.
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

fn parse(mail: &str) -> Mail {
    let header = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let (_, boundary) = header("Content-Type: multipart/alternative;").split_once('=').unwrap();
    let boundary = format!("--{boundary}");
    let part = |kind: &str| {
        let mut parts = mail.split(&boundary);
        let (_, body) = parts.find(|part| part.contains(kind)).unwrap().split_once("\n\n").unwrap();
        unquote(body)
    };
    Mail {
        subject: header("Subject: ").to_owned(),
        text: part("Content-Type: text/plain"),
        html: part("Content-Type: text/html"),
    }
}

/// Undoes quoted-printable: a byte is `=` and two digits, and a line that ends in `=` goes on.
fn unquote(text: &str) -> String {
    let whole_lines = text.replace("=\n", "");
    let mut pieces = whole_lines.split('=');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        let (digits, plain) = piece.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend_from_slice(plain.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
