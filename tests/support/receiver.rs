//! A receiver of syslog that takes RFC 5424 by the letter, with octet counting (RFC 6587, section 3.4.1), over TCP or TLS.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use cspwatch::base::clock::Timestamp;
use cspwatch::base::lock::Mutex;

/// A message, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub priority: u8,
    pub app: String,
    pub kind: String,
    /// Of structured data.
    pub id: String,
    pub site: String,
    pub event: Value,
}

/// The receiver. Ends when dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    tls: Option<Arc<ServerConfig>>,
    messages: Mutex<Vec<Message>>,
    /// After so many messages it reads no more.
    patience: AtomicUsize,
    stop: AtomicBool,
}

impl Receiver {
    /// Starts one there.
    pub fn start(address: SocketAddr, tls: Option<Arc<ServerConfig>>, patience: usize) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let shared = Arc::new(Shared {
            tls,
            messages: Mutex::default(),
            patience: patience.into(),
            stop: false.into(),
        });
        let accepting = Arc::clone(&shared);
        let accepting = thread::spawn(move || accepting.accept(&listener));
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came.
    pub fn messages(&self) -> Vec<Message> {
        self.shared.messages.lock().clone()
    }

    /// The events that came.
    pub fn events(&self) -> Vec<Value> {
        self.messages().into_iter().map(|message| message.event).collect()
    }

    /// Ends it with its connections, however much there is to read.
    pub fn kill(mut self) -> Vec<Value> {
        self.end();
        self.events()
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(accepting) = self.accepting.take() {
            let ended = accepting.join();
            assert!(thread::panicking() || ended.is_ok(), "a message is wrong");
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        let mut serving = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&self);
                    serving.push(thread::spawn(move || shared.serve(stream)));
                }
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
        for serving in serving {
            serving.join().unwrap();
        }
    }

    fn serve(&self, stream: TcpStream) {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        match &self.tls {
            None => self.read(stream),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                self.read(StreamOwned::new(connection, stream));
            }
        }
    }

    /// Reads frame after frame until the other side closes, or this one has had enough.
    fn read(&self, mut stream: impl Read) {
        let (mut buffer, mut piece) = (Vec::new(), vec![0; 1024]);
        loop {
            while let Some((frame, rest)) = split(&buffer) {
                if self.patience.load(Ordering::Relaxed) == 0 {
                    break;
                }
                self.patience.fetch_sub(1, Ordering::Relaxed);
                let message = parse(frame)
                    .unwrap_or_else(|wrong| panic!("{wrong}: {}", String::from_utf8_lossy(frame)));
                self.messages.lock().push(message);
                buffer = rest.to_vec();
            }
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if self.patience.load(Ordering::Relaxed) == 0 {
                thread::sleep(Duration::from_millis(5));
                continue;
            }
            match stream.read(&mut piece) {
                Ok(0) => return assert!(buffer.is_empty(), "half a frame"),
                Ok(bytes) => buffer.extend_from_slice(&piece[..bytes]),
                Err(error) if is_slow(&error) => {}
                // Killed exporters say no good-bye.
                Err(_) => return,
            }
        }
    }
}

fn is_slow(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// `MSG-LEN SP SYSLOG-MSG`: the message, and what follows; `None` while it is not whole.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b' ')?;
    let digits = std::str::from_utf8(&bytes[..end]).unwrap();
    assert!(digits.starts_with(|c: char| matches!(c, '1'..='9')), "{digits} is no length");
    bytes[end + 1..].split_at_checked(digits.parse().unwrap())
}

/// `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG` (RFC 5424, section 6).
fn parse(frame: &[u8]) -> Result<Message, &'static str> {
    let text = std::str::from_utf8(frame).map_err(|_| "not UTF-8")?;
    let rest = text.strip_prefix('<').ok_or("no PRI")?;
    let (priority, rest) = rest.split_once('>').ok_or("no end of PRI")?;
    let priority: u8 =
        priority.parse().ok().filter(|priority| *priority <= 191).ok_or("PRI out of range")?;
    let rest = rest.strip_prefix("1 ").ok_or("not version 1")?;
    let mut fields = rest.splitn(6, ' ');
    let mut field = |bytes_max: usize| {
        let field = fields.next().ok_or("a field is missing")?;
        let is_name = (1..=bytes_max).contains(&field.len())
            && field.bytes().all(|byte| byte.is_ascii_graphic());
        if is_name { Ok(field) } else { Err("a field is no PRINTUSASCII of its length") }
    };
    let (at, _host, app, process, kind) =
        (field(64)?, field(255)?, field(48)?, field(128)?, field(32)?);
    Timestamp::parse(at).filter(|_| at.ends_with('Z')).ok_or("TIMESTAMP")?;
    process.parse::<u32>().map_err(|_| "PROCID")?;
    let (data, message) = structured_data(fields.next().ok_or("no STRUCTURED-DATA")?)?;
    let message = message.strip_prefix(' ').ok_or("no space before MSG")?;
    if !message.is_ascii() || message.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("MSG without a byte order mark is not ASCII");
    }
    let value = |name: &str| {
        let found = data.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.clone()).ok_or("a parameter is missing")
    };
    if value("kind")? != kind {
        return Err("kind is not MSGID");
    }
    Ok(Message {
        priority,
        app: app.to_owned(),
        kind: kind.to_owned(),
        id: value("id")?,
        site: value("site")?,
        event: serde_json::from_str(message).map_err(|_| "MSG is no JSON")?,
    })
}

type Parameters = Vec<(String, String)>;

/// One element: `[id name="value" …]`; and what follows.
fn structured_data(text: &str) -> Result<(Parameters, &str), &'static str> {
    let mut rest = text.strip_prefix("[cspwatch@32473").ok_or("no SD-ELEMENT of ours")?;
    let mut parameters = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Ok((parameters, after));
        }
        let parameter = rest.strip_prefix(' ').ok_or("no space before SD-PARAM")?;
        let (name, quoted) = parameter.split_once("=\"").ok_or("no PARAM-VALUE")?;
        let (mut value, mut characters) = (String::new(), quoted.char_indices());
        let end = loop {
            match characters.next().ok_or("PARAM-VALUE without end")? {
                (at, '"') => break at + 1,
                (_, '\\') => match characters.next() {
                    Some((_, c @ ('"' | '\\' | ']'))) => value.push(c),
                    _ => return Err("escaped without need"),
                },
                (_, ']') => return Err("] without escape"),
                (_, c) => value.push(c),
            }
        };
        parameters.push((name.to_owned(), value));
        rest = &quoted[end..];
    }
}
