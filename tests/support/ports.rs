//! Ports for the servers of tests, which no other test and no connection takes in between.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{self, UnixListener};
use std::sync::LazyLock;

use cspwatch::base::lock::Mutex;

/// The first port that is given out. Below are the well-known servers of a machine, and the ports that browsers refuse to
/// speak to, of which 10080 is the last (Fetch, "bad port").
const FIRST: u16 = 11_000;

/// So many ports go to a test process at once; most need fewer.
const BLOCK: u16 = 32;

/// The ports of this process, for as long as it lives.
///
/// A port that the kernel chooses (port 0) is race-free only while somebody listens on it. These ports go into
/// configuration files, and collectors give theirs up and take them again when they are killed and started. So:
///
/// - they lie below the range from which the kernel takes ports for outgoing connections and for port 0;
/// - a block of them belongs to one process, also of another run: to the one that has bound the abstract Unix socket
///   of the block's name. Such names have the scope of ports (a network namespace), and the kernel frees them when the
///   process ends, in whatever way.
///
/// What remains are programs that are no tests: a port on which one of them listens is left out.
struct Ports {
    blocks: Vec<UnixListener>,
    rest: Range<u16>,
}

static PORTS: LazyLock<Mutex<Ports>> =
    LazyLock::new(|| Mutex::new(Ports { blocks: Vec::new(), rest: 0..0 }));

/// A loopback address that nobody listens on, and that only this test process gets.
pub fn free_address() -> SocketAddr {
    let mut ports = PORTS.lock();
    loop {
        let Some(port) = ports.rest.next() else {
            ports.take_block();
            continue;
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

impl Ports {
    /// Takes a block that no other process has.
    fn take_block(&mut self) {
        let blocks = (first_ephemeral().saturating_sub(FIRST)) / BLOCK;
        assert!(
            blocks >= 64,
            "tests need ports from {FIRST} on that no outgoing connection takes: \
             sysctl -w net.ipv4.ip_local_port_range='32768 60999'"
        );
        // Not the block that a test has just left: what still speaks to its servers would meet those of this one.
        let begin = std::process::id() % u32::from(blocks);
        let mut numbers = (0..blocks).cycle().skip(begin as usize).take(usize::from(blocks));
        let taken = numbers.find_map(|number| {
            let name = format!("cspwatch-test-ports-{number}");
            let name = net::SocketAddr::from_abstract_name(name).unwrap();
            Some((number, UnixListener::bind_addr(&name).ok()?))
        });
        let (number, block) = taken.expect("some block of ports is free");
        self.blocks.push(block);
        let first = FIRST + number * BLOCK;
        self.rest = first..first + BLOCK;
    }
}

/// The first port that the kernel may give to an outgoing connection.
fn first_ephemeral() -> u16 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    range.split_whitespace().next().unwrap().parse().unwrap()
}
