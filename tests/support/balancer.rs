//! A real nginx before several collectors, with the shipped configuration.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;

use super::ports::free_address;
use super::service::Service;
use super::{http, tools};

const AROUND: &str = include_str!("nginx.conf");
/// The shipped file, and the addresses in it.
const SHIPPED: &str = "deploy/nginx/cspwatch.conf";
const LISTEN: &str = "127.0.0.1:18080";
const COLLECTORS: [&str; 3] = ["127.0.0.1:18081", "127.0.0.1:18082", "127.0.0.1:18083"];

/// A running nginx. Ends when dropped.
pub struct Balancer {
    address: SocketAddr,
    // Before its directory.
    _service: Service,
    _place: TempDir,
}

impl Balancer {
    /// Starts one and waits until it passes requests on.
    pub fn before(collectors: [SocketAddr; 3]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let address = free_address();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut server = fs::read_to_string(root.join(SHIPPED)).unwrap();
        let real = collectors.map(|collector| collector.to_string());
        for (shipped, real) in
            COLLECTORS.into_iter().zip(real).chain([(LISTEN, address.to_string())])
        {
            assert!(server.contains(shipped), "{SHIPPED} names {shipped}");
            server = server.replace(shipped, &real);
        }
        let file = place.path().join("nginx.conf");
        let around = AROUND.replace("@PLACE@", place.path().to_str().unwrap());
        fs::write(&file, around.replace("@SERVER@", &server)).unwrap();
        let mut command = tools::command(&["nginx", "/usr/sbin/nginx"]);
        command.arg("-p").arg(place.path()).arg("-e").arg("stderr").arg("-c").arg(&file);
        let mut service = Service::start(command, place.path().join("log"));
        service.until("nginx passes requests on", || {
            http::request(address, "GET", "/", "").is_ok_and(|answer| answer.status == 404)
        });
        Self { address, _service: service, _place: place }
    }

    /// Where browsers post.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
