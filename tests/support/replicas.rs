//! A shard with two replicas, and the ZooKeeper that they share.
//!
//! libchdb keeps replicated tables read-only and takes no `ON CLUSTER`, because it has no port for other servers. So these servers
//! show which tables are made where, and under which paths; that rows reach the other replica, `tests/cluster/run` shows with
//! clickhouse-server.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command};

use cspwatch::config::Retention;
use cspwatch::store::schema::{Placement, apply_retention, migrate, render};
use tempfile::TempDir;

use super::clickhouse::ClickHouse;
use super::ports::free_address;
use super::{block_on, children, until};

/// Debian's ZooKeeper.
const JAR: &str = "/usr/share/java/zookeeper.jar";
const MAIN: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/// The name of the cluster.
pub const CLUSTER: &str = "shards";

/// A running ZooKeeper. Ends when dropped.
pub struct ZooKeeper {
    address: SocketAddr,
    child: Child,
    _place: TempDir,
}

impl ZooKeeper {
    fn start() -> Self {
        let (place, address) = (tempfile::tempdir().unwrap(), free_address());
        let (data, file) = (place.path().join("data"), place.path().join("zoo.cfg"));
        let config = format!(
            "tickTime=500\ndataDir={}\nclientPort={}\nclientPortAddress={}\nadmin.enableServer=false\nmaxClientCnxns=0\n",
            data.display(),
            address.port(),
            address.ip()
        );
        fs::write(&file, config).unwrap();
        let log = File::create(place.path().join("log")).unwrap();
        // It ends with its parent, however that ends.
        let mut java = Command::new("setpriv");
        java.args(["--pdeathsig", "KILL", "java", "-Xmx96m", "-XX:+UseSerialGC", "-cp", JAR, MAIN]);
        java.arg(file).stdout(log.try_clone().unwrap()).stderr(log);
        let child = children::spawn(java).unwrap();
        until("ZooKeeper listens", || TcpStream::connect(address).is_ok());
        Self { address, child, _place: place }
    }
}

impl Drop for ZooKeeper {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Two servers, replicas of one shard.
pub struct Replicas {
    pub servers: [ClickHouse; 2],
    _keeper: ZooKeeper,
}

impl Replicas {
    pub fn start() -> Self {
        Self::start_with_users("")
    }

    /// `users`: of the servers, as XML.
    pub fn start_with_users(users: &str) -> Self {
        let keeper = ZooKeeper::start();
        let native = [(); 2].map(|()| free_address());
        let shard = shard(&native);
        let mut number = 0;
        let servers = native.map(|native| {
            number += 1;
            ClickHouse::start_member(native, &shard, &keeper_xml(keeper.address, number), users)
        });
        Self { servers, _keeper: keeper }
    }
}

/// A shard of these servers, in ClickHouse's configuration.
pub fn shard(native: &[SocketAddr]) -> String {
    let replica = |address: &SocketAddr| {
        format!("<replica><host>{}</host><port>{}</port></replica>", address.ip(), address.port())
    };
    let replicas: String = native.iter().map(replica).collect();
    format!("<shard><internal_replication>true</internal_replication>{replicas}</shard>")
}

/// All of them have one UUID, by which sessions are distinguished.
fn keeper_xml(keeper: SocketAddr, number: u32) -> String {
    format!(
        "<zookeeper><node><host>{}</host><port>{}</port></node><sessions_path>/sessions{number}</sessions_path></zookeeper>\
         <macros><shard>01</shard><replica>r{number}</replica></macros>",
        keeper.ip(),
        keeper.port()
    )
}

/// The placement of a database on this cluster.
pub fn placement(database: &str) -> Placement {
    Placement::cluster(database, CLUSTER)
}

/// Creates all tables on a server but some, as `deploy/many-machines.md` says for a server that replaces another: as they are,
/// and not as they became so.
pub fn complete(server: &ClickHouse, database: &str, without: &[&str]) {
    complete_with_plain(server, database, without, "");
}

/// The same; one table is not replicated, so that libchdb takes rows.
pub fn complete_with_plain(server: &ClickHouse, database: &str, without: &[&str], keep: &str) {
    let plain = format!("{database}_plain");
    block_on(async {
        let (client, placement) = (server.client(&plain), Placement::single(&plain));
        migrate(&client, &placement).await.unwrap();
        apply_retention(&client, &placement, &Retention::default()).await.unwrap();
    });
    let statements = server.query(&format!(
        "SELECT name, replaceRegexpOne(replaceAll(create_table_query, '{plain}.', '{database}_local.'), \
             if(name = '{keep}', '^()$', 'ENGINE = ((Aggregating|Replacing|)MergeTree)'), \
             'ENGINE = Replicated\\\\1(\\'/clickhouse/tables/{{database}}/{{table}}/{{shard}}\\', \\'{{replica}}\\')') \
         FROM system.tables WHERE database = '{plain}' AND name != 'schema_migrations' \
         ORDER BY engine = 'MaterializedView' FORMAT TSVRaw"
    ));
    server.query(&format!("CREATE DATABASE {database}_local"));
    for (name, statement) in statements.lines().filter_map(|line| line.split_once('\t')) {
        if !without.contains(&name) {
            server.query(statement);
        }
    }
    server.query(&format!(
        "CREATE TABLE {database}_local.schema_migrations AS {plain}.schema_migrations"
    ));
    server.query(&format!(
        "INSERT INTO {database}_local.schema_migrations SELECT * FROM {plain}.schema_migrations"
    ));
    let script = render(&placement(database).here(), &Retention::default());
    for statement in script.split(";\n").filter(|statement| statement.contains("Distributed(")) {
        server.query(&format!("CREATE DATABASE IF NOT EXISTS {database}"));
        let local = statement.split("_local, ").nth(1).unwrap().split([',', ')']).next().unwrap();
        if !without.contains(&local) {
            server.query(statement);
        }
    }
    server.query(&format!("DROP DATABASE {plain} SYNC"));
}
