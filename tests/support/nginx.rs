//! A real nginx with one of the shipped configurations.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::service::Service;
use super::tools;

const AROUND: &str = include_str!("nginx.conf");

/// A running nginx. Ends when dropped.
pub struct Nginx {
    // Before its directory.
    _service: Service,
    _place: TempDir,
}

impl Nginx {
    /// Starts it with a shipped file, in which texts are replaced by others, and waits until it is ready.
    pub fn start(
        shipped: &str,
        changes: &[(&str, String)],
        is_ready: impl FnMut() -> bool,
    ) -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut server = fs::read_to_string(root.join(shipped)).unwrap();
        for (text, other) in changes {
            assert!(server.contains(text), "{shipped} has {text}");
            server = server.replace(text, other);
        }
        let file = place.path().join("nginx.conf");
        let around = AROUND.replace("@PLACE@", place.path().to_str().unwrap());
        fs::write(&file, around.replace("@SERVER@", &server)).unwrap();
        let mut command = tools::command(&["nginx", "/usr/sbin/nginx"]);
        command.arg("-p").arg(place.path()).arg("-e").arg("stderr").arg("-c").arg(&file);
        let mut service = Service::start(command, place.path().join("log"));
        service.until("nginx is ready", is_ready);
        Self { _service: service, _place: place }
    }
}
