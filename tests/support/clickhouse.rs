//! A real ClickHouse for tests, started the way users start it: `cspwatch clickhouse`.
//!
//! ```ignore
//! let clickhouse = ClickHouse::shared();          // one server for all tests of a run
//! let database = clickhouse.fresh_database();     // a name that no other test has
//! assert_eq!(clickhouse.query("SELECT 1"), "1");
//!
//! let mut own = ClickHouse::start();              // one that a test may kill
//! own.kill_hard();
//! own.restart();
//! ```

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Once};
use std::thread;
use std::time::{Duration, Instant};

use clickhouse::Client;
use cspwatch::store::client::Connection;
use tempfile::TempDir;

use super::ports::free_address;
use super::run::{self, databases_of};
use super::{children, http};

/// The longest that a start may take; about one second here, more on a loaded machine.
pub const START: Duration = Duration::from_secs(60);

/// What the directories of servers begin with; the number of the process follows with which a directory goes.
pub const PREFIX: &str = "clickhouse-";

/// In such a directory the tables; a name that shells and XML would trip over.
pub const DATA: &str = "data & more";

/// And what the server wrote to stdout and stderr.
pub const LOG: &str = "log";

/// The configuration of a cluster's server.
const SHARDS_CONFIG: &str = include_str!("shards.xml");

/// A running ClickHouse in a directory of its own. Ends when dropped, if it belongs to one test.
pub struct ClickHouse {
    place: Place,
    address: SocketAddr,
    /// Further arguments.
    arguments: Vec<OsString>,
    /// Of the server of a run the keeper is the parent.
    child: Option<Child>,
}

enum Place {
    OfATest(TempDir),
    OfTheRun(run::Shared),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::OfATest(place) => place.path(),
            Self::OfTheRun(shared) => &shared.place,
        }
    }
}

impl ClickHouse {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        let mut server = Self::new();
        assert!(server.try_start(), "ClickHouse did not start:\n{}", server.log());
        server
    }

    /// Starts one with a configuration of its own.
    pub fn start_with(config: &Path) -> Self {
        let mut server = Self::new();
        server.arguments = ["--config-file".into(), config.into()].into();
        assert!(server.try_start(), "ClickHouse did not start:\n{}", server.log());
        server
    }

    fn new() -> Self {
        let (place, address) = (Place::OfATest(place()), free_address());
        Self { place, address, arguments: Vec::new(), child: None }
    }

    /// Starts so many that are the shards of the cluster `shards`, each with one server.
    pub fn start_shards<const SHARDS: usize>() -> [Self; SHARDS] {
        let native = [(); SHARDS].map(|()| free_address());
        let shard = |address: SocketAddr| {
            let (host, port) = (address.ip(), address.port());
            format!("<shard><replica><host>{host}</host><port>{port}</port></replica></shard>")
        };
        let shards: String = native.map(shard).concat();
        native.map(|native| Self::start_member(native, &shards, "", ""))
    }

    /// Starts a server of the cluster `shards`: its native address, the cluster, and what else its configuration says, of Keeper
    /// and of users.
    pub fn start_member(native: SocketAddr, shards: &str, keeper: &str, users: &str) -> Self {
        let mut server = Self::new();
        let file = server.place.path().join("shards.xml");
        let config = SHARDS_CONFIG.replace("@SHARDS@", shards);
        let config = config.replace("@KEEPER@", keeper).replace("@USERS@", users);
        fs::write(&file, config.replace("@PATH@", file.to_str().unwrap())).unwrap();
        server.arguments =
            ["--tcp".into(), native.to_string().into(), "--config-file".into(), file.into()].into();
        assert!(server.try_start(), "ClickHouse did not start:\n{}", server.log());
        server
    }

    /// The one that all tests of a run share, each with databases of its own, which are dropped after the test. A test
    /// that stops the server, sets it up, or asserts about more than its own databases starts one of its own. The names
    /// of queries are the server's, too: a test that inserts under a token of its own choice chooses one that no other
    /// test has.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<ClickHouse> = LazyLock::new(|| {
            sweep();
            let shared = run::shared();
            let address = shared.address;
            let place = Place::OfTheRun(shared);
            ClickHouse { place, address, arguments: Vec::new(), child: None }
        });
        &SHARED
    }

    /// A database name that nobody else uses; the database does not exist yet.
    pub fn fresh_database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        format!("{}{}", databases_of(process::id()), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Where it serves HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How the program reaches a database in it.
    pub fn connection(&self, database: &str) -> Connection {
        Connection {
            urls: vec![self.url()],
            user: "default".to_owned(),
            password: String::new(),
            database: database.to_owned(),
        }
    }

    /// A client for a database in it.
    pub fn client(&self, database: &str) -> Client {
        self.connection(database).client().unwrap()
    }

    /// The directory of its tables.
    pub fn data(&self) -> PathBuf {
        self.place.path().join(DATA)
    }

    /// The process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        match &self.place {
            Place::OfATest(_) => self.child.as_ref().map(Child::id),
            Place::OfTheRun(shared) => {
                fs::read_to_string(shared.place.join("pid")).ok()?.trim().parse().ok()
            }
        }
    }

    /// Runs a statement over HTTP and returns the answer (tab separated, without the last newline).
    #[track_caller]
    pub fn query(&self, sql: &str) -> String {
        self.try_query(sql).unwrap_or_else(|error| panic!("{sql}\n{error}"))
    }

    /// Like [`Self::query`], with the server's or the system's words on failure.
    pub fn try_query(&self, sql: &str) -> Result<String, String> {
        let answer = http::request(self.address, "POST", "/", sql).map_err(|e| e.to_string())?;
        let body = answer.body.trim_end_matches('\n').to_owned();
        if answer.status == 200 { Ok(body) } else { Err(body) }
    }

    /// SIGKILL: nothing is flushed, closed or said. Returns when the process is gone.
    pub fn kill_hard(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again on the same port and data, after [`Self::kill_hard`] or not.
    pub fn restart(&mut self) {
        self.kill_hard();
        assert!(self.try_start(), "ClickHouse did not come back:\n{}", self.log());
    }

    /// What it wrote to stdout and stderr since the test began.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.place.path().join(LOG)
    }

    /// Starts it and waits until it answers; false when it ended instead.
    fn try_start(&mut self) -> bool {
        let log = File::options().append(true).create(true).open(self.log_file()).unwrap();
        let mut command = launch(&self.data(), self.address);
        command.args(&self.arguments);
        command.arg("--die-with-parent").arg(process::id().to_string());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let child = self.child.insert(children::spawn(command).unwrap());
        let deadline = Instant::now() + START;
        while child.try_wait().unwrap().is_none() {
            if http::request(self.address, "GET", "/ping", "").is_ok_and(|a| a.status == 200) {
                return true;
            }
            assert!(Instant::now() < deadline, "no answer from ClickHouse:\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
        self.child = None;
        false
    }
}

impl Drop for ClickHouse {
    #[allow(clippy::print_stderr, reason = "for the person who reads why a test failed")]
    fn drop(&mut self) {
        // One that ended by itself may be why a test fails, and its log goes with its directory.
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        if let Some(status) = ended.filter(|_| thread::panicking()) {
            eprintln!("ClickHouse at {} ended by itself: {status}\n{}", self.address, self.log());
        }
        self.kill_hard();
    }
}

/// A directory for one server.
fn place() -> TempDir {
    sweep();
    let prefix = format!("{PREFIX}{}-", process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// Removes the directories that a test or a keeper left which was killed.
fn sweep() {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(|| {
        for entry in fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
            if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    });
}

/// The command that starts one; the engine is the one that the environment offers.
pub fn launch(data: &Path, http: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.arg("clickhouse").arg("--data").arg(data).arg("--http").arg(http.to_string());
    command
}

/// Waits for a child, with a deadline instead of for ever.
pub fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}
