//! What a reload does not take over.

use super::Config;

impl Config {
    /// The keys in which a newer configuration differs and that a running collector reads at its start only.
    pub fn changed_until_restart(&self, newer: &Self) -> Vec<&'static str> {
        let (listen, new_listen) = (&self.listen, &newer.listen);
        let (clickhouse, new_clickhouse) = (&self.clickhouse, &newer.clickhouse);
        let (journal, new_journal) = (&self.journal, &newer.journal);
        let (limits, new_limits) = (&self.limits, &newer.limits);
        let (privacy, new_privacy) = (&self.privacy, &newer.privacy);
        let changed = [
            ("listen.public", listen.public != new_listen.public),
            ("listen.public_tls, tls_cert or tls_key", listen.public_tls != new_listen.public_tls),
            ("listen.admin", listen.admin != new_listen.admin),
            ("listen.admin_token_file", listen.admin_token != new_listen.admin_token),
            ("listen.admin_hosts", listen.admin_hosts != new_listen.admin_hosts),
            (
                "clickhouse.url or embedded_dir, embedded_http, embedded_tcp",
                clickhouse.server != new_clickhouse.server,
            ),
            ("clickhouse.database", clickhouse.database != new_clickhouse.database),
            ("clickhouse.cluster", clickhouse.cluster != new_clickhouse.cluster),
            ("clickhouse.user", clickhouse.user != new_clickhouse.user),
            ("clickhouse.password_file", clickhouse.password != new_clickhouse.password),
            ("clickhouse.timeout", clickhouse.timeout != new_clickhouse.timeout),
            ("clickhouse.insert_quorum", clickhouse.insert_quorum != new_clickhouse.insert_quorum),
            ("journal.dir", journal.dir != new_journal.dir),
            ("journal.durability", journal.durability != new_journal.durability),
            ("journal.max_bytes", journal.bytes_max != new_journal.bytes_max),
            ("journal.seal_every", journal.seal_every != new_journal.seal_every),
            ("limits.connections", limits.connections != new_limits.connections),
            (
                "limits.connections_per_network",
                limits.connections_per_network != new_limits.connections_per_network,
            ),
            ("privacy.client_key_file", privacy.client_key_file != new_privacy.client_key_file),
            (
                "privacy.client_key_rotation",
                privacy.client_key_rotation != new_privacy.client_key_rotation,
            ),
            ("retention", self.retention != newer.retention),
            ("detection.threat_lists", self.detection != newer.detection),
            ("telemetry", self.telemetry != newer.telemetry),
        ];
        changed.into_iter().filter_map(|(key, is_changed)| is_changed.then_some(key)).collect()
    }
}
