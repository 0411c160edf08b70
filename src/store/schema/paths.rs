//! The paths of replicated tables in Keeper: all replicas of a shard must have the same one for a table. With two, each half of
//! the shard has rows that the other never gets.

use std::collections::HashMap;

use clickhouse::Client;

use super::statements::{MigrateError, ask};
use super::{Placement, ddl};

/// Compares the paths of all replicas that answer, and refuses two in a shard.
///
/// Where they cannot be compared, a warning says so: whoever may store need not be allowed to ask every server.
pub(super) async fn check(client: &Client, placement: &Placement) -> Result<(), MigrateError> {
    let Some(cluster) = placement.cluster_name().filter(|_| placement.has_keeper()) else {
        return Ok(());
    };
    match Paths::read(client, cluster, &placement.local()).await {
        Ok(paths) => match paths.two_in_a_shard() {
            Some(TwoPaths { table, shard, paths }) => Err(MigrateError::TwoPaths {
                table: format!("{}.{table}", placement.local()),
                shard,
                paths,
            }),
            None => Ok(()),
        },
        Err(error) => {
            tracing::warn!(id = "replica-paths-unchecked",
                %error,
                "the paths of the replicas are not compared; GRANT REMOTE ON *.* and SELECT ON system.replicas allow it"
            );
            Ok(())
        }
    }
}

/// Which path each server has for each table.
struct Paths {
    /// The server's number, a table, its path.
    replicas: Vec<(u32, String, String)>,
    /// The shard of each server: what its macro says.
    shards: HashMap<u32, String>,
}

struct TwoPaths {
    table: String,
    shard: String,
    paths: String,
}

impl Paths {
    async fn read(client: &Client, cluster: &str, database: &str) -> Result<Self, MigrateError> {
        // Each server counts as a shard of its own here, so its number says which one it is.
        let ask_all = |columns: &str, table: &str, condition: &str| {
            format!(
                "SELECT _shard_num AS server, {columns} FROM clusterAllReplicas('{cluster}', system.{table}) \
                 WHERE {condition} SETTINGS skip_unavailable_shards = 1, connect_timeout = 2"
            )
        };
        let single = Placement::single("x");
        let tables: Vec<_> =
            ddl(&single).iter().flat_map(|migration| migration.tables(&single)).collect();
        let condition = format!("database = '{database}' AND table IN ('{}')", tables.join("', '"));
        let sql = ask_all("table, zookeeper_path", "replicas", &condition);
        let replicas =
            ask(client.query_raw(&sql).fetch_all::<(u32, String, String)>(), &sql).await?;
        let sql = ask_all("substitution", "macros", "macro = 'shard'");
        let shards = ask(client.query_raw(&sql).fetch_all::<(u32, String)>(), &sql).await?;
        Ok(Self { replicas, shards: shards.into_iter().collect() })
    }

    fn two_in_a_shard(&self) -> Option<TwoPaths> {
        let mut first: HashMap<(&str, &str), &str> = HashMap::new();
        for (server, table, path) in &self.replicas {
            let Some(shard) = self.shards.get(server) else { continue };
            let known = *first.entry((table, shard)).or_insert(path);
            if known != path {
                let paths = format!("{known} and {path}");
                return Some(TwoPaths { table: table.clone(), shard: shard.clone(), paths });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shards_have_two_paths_and_two_replicas_one() {
        let paths = |servers: [(u32, &str, &str); 3]| Paths {
            replicas: servers
                .map(|(server, _, path)| (server, "reports".into(), path.into()))
                .into(),
            shards: servers.map(|(server, shard, _)| (server, shard.into())).into(),
        };
        let sound = paths([(1, "01", "/a/01"), (2, "01", "/a/01"), (3, "02", "/a/02")]);
        assert!(sound.two_in_a_shard().is_none());
        let split = paths([(1, "01", "/a/01"), (2, "02", "/a/02"), (3, "02", "/b/02")]);
        let found = split.two_in_a_shard().expect("a shard with two paths");
        assert_eq!((&*found.shard, &*found.paths), ("02", "/a/02 and /b/02"));
    }
}
