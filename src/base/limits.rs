//! Every bound of the program in one table, each with its reason.
//!
//! What an operator can change is a configuration key; its default is here too. What the internet
//! could otherwise grow without end is bounded here and nowhere else.

use std::time::Duration;

use super::clock::DAY;

/// Bytes per KiB.
pub const KIB: u64 = 1024;
/// Bytes per MiB.
pub const MIB: u64 = 1024 * KIB;
/// Bytes per GiB.
pub const GIB: u64 = 1024 * MIB;

// --- Connections and requests (accept/) ---

/// Open connections on the public listeners together. One that sends nothing costs about 2 KiB.
pub const CONNECTIONS: usize = 20_000;
/// Bytes of the connections that have sent something, together with [`BODY_BYTES_IN_FLIGHT`] the most that strangers can take.
/// Beyond that the oldest end, those first that are idle after a request; what is in the middle of one is still answered.
pub const CONNECTION_BYTES: u64 = 128 * MIB;
/// Bytes that such a connection counts for: hyper's buffers, and a head of [`REQUEST_HEAD_BYTES`].
pub const CONNECTION_BYTES_EACH: u64 = 24 * KIB;
/// The same over TLS, with its buffers, those of HTTP/2, and its streams.
pub const TLS_CONNECTION_BYTES_EACH: u64 = 64 * KIB;
/// Time for the request that the oldest connection is in the middle of.
pub const OLDEST_CONNECTION_GRACE: Duration = Duration::from_secs(1);
/// Open connections of one client network (IPv4 /24, IPv6 /48), unless it is a trusted proxy's: so many that
/// an office behind one address has enough, and ten networks are needed to take all.
pub const CONNECTIONS_PER_NETWORK: usize = 2_000;
/// Age after which a connection is closed when its requests are answered; one of HTTP/1.1 with an answer that says so.
pub const CONNECTION_AGE: Duration = Duration::from_secs(3600);
/// TLS handshakes at the same time, some 50 KiB each. When one more begins, the oldest is ended: a client that
/// continues its handshake needs a moment only.
pub const TLS_HANDSHAKES: u64 = 2_048;
/// Time for the TLS handshake. A phone on a poor line needs seconds, not minutes.
pub const TLS_HANDSHAKE: Duration = Duration::from_secs(10);
/// Time for a request head, and the longest idle time between two requests of one connection.
pub const REQUEST_HEAD: Duration = Duration::from_secs(15);
/// Time without a request after which a connection of HTTP/1.1 ends when the process stops. One that is in use ends with its
/// next answer.
pub const STOP_IDLE: Duration = Duration::from_secs(1);
/// The longest idle time of a trusted proxy's connection that was of use. A balancer that sends the next report just when its
/// connection is ended answers 502, and a browser does not send a report to `report-uri` again; so the balancer has to be
/// the one that ends it. Balancers of AWS wait for 60 s, of Google for 600, Cloudflare for 900.
pub const PROXY_IDLE: Duration = Duration::from_secs(1200);
/// Time for the beginning of a body, and between two pieces of it; a phone on a poor line needs it for one packet.
pub const BODY_GRACE: Duration = Duration::from_secs(5);
/// Bytes of a body that must arrive in each further second, so that 1 MiB has 31 s.
pub const BODY_RATE: u64 = 40_000;
/// Bytes of a request head (hyper's read buffer). Browsers send under 2 KiB. Header fields are 100 at the most, hyper's own
/// limit: another one costs 1,300 instructions a request.
pub const REQUEST_HEAD_BYTES: usize = 16 * 1024;
/// HTTP/2 streams that one connection may have open. Browsers open one per pending report.
pub const H2_STREAMS: u32 = 64;
/// Bytes that an HTTP/2 stream may have sent without being read. A report fits.
pub const H2_STREAM_WINDOW: u32 = 64 * 1024;
/// Bytes that all streams of a connection may have sent without being read: the smallest window of HTTP/2. What arrives
/// is read at once.
pub const H2_CONNECTION_WINDOW: u32 = 64 * 1024;
/// Streams that a client may reset before they are answered; then the connection ends (CVE-2023-44487).
pub const H2_RESETS: usize = 20;
/// Bytes of one body. Chromium and Firefox send up to 1.0 MB.
pub const BODY_BYTES: u64 = MIB;
/// Bytes that are read of a longer body. Its texts lose their ends meanwhile, so that what it reports is kept: a page chooses
/// how long the URLs are that its browser reports.
pub const OVERLONG_BODY_BYTES_READ: u64 = 16 * MIB;
/// Bytes of a text in such a body: what is kept of a path, and more than a host has.
pub const OVERLONG_TEXT_BYTES: usize = 2 * 1024;
/// Bytes of a policy there.
pub const OVERLONG_POLICY_BYTES: usize = 8 * 1024;
/// Bytes of all bodies in flight together, from the read until the answer.
pub const BODY_BYTES_IN_FLIGHT: u64 = 256 * MIB;
/// Of these, the first bytes of each body: nearly all bodies are no longer than that, and large ones must not
/// shut them out.
pub const BODY_HEAD_BYTES: usize = 16 * 1024;
/// Bytes that a longer body grows by: the allocator's largest class that wastes nothing, and whose places others take again.
pub const BODY_PIECE_BYTES: usize = 14 * 1024;
/// The pool of the first bytes.
pub const BODY_HEAD_BYTES_IN_FLIGHT: u64 = 64 * MIB;
/// Bytes of bodies of one network (IPv4 /24, IPv6 /48) that do not come in one piece.
pub const BODY_BYTES_PER_NETWORK: u64 = 48 * MIB;
/// Bytes of a body that is long: it may hold a URL of 64 KiB, which costs milliseconds.
pub const LONG_BODY_BYTES: usize = 48 * 1024;
/// Long bodies that are taken apart at the same time.
pub const LONG_BODIES_AT_ONCE: usize = 1;
/// Bytes of a body that is compared with others before its JSON is read.
pub const KNOWN_BODY_BYTES: usize = 16 * 1024;
/// Time that a long body waits for its turn.
pub const LONG_BODY_TURN: Duration = Duration::from_secs(5);
/// Time for the header of the PROXY protocol; a proxy sends it at once.
pub const PROXY_HEADER: Duration = Duration::from_secs(5);
/// Bytes of the part of it whose length the proxy chooses. Addresses and usual extensions have under 300.
pub const PROXY_HEADER_BYTES: usize = 4 * 1024;
/// File descriptors that are not for connections: the journal's, ClickHouse's, the log's.
pub const FILES_RESERVED: u64 = 256;
/// Connections of the admin listener: Prometheus, a probe, a person. One more ends the oldest, which is idle: an answer takes
/// milliseconds.
pub const ADMIN_CONNECTIONS: usize = 256;
/// Connections that it accepts beyond that, until the oldest have ended.
pub const ADMIN_CONNECTIONS_ENDING: usize = 64;
/// Connections that wait for accept. The kernel caps it at `net.core.somaxconn`.
pub const ACCEPT_BACKLOG: u32 = 4096;
/// Hops of X-Forwarded-For that are looked at, from the right.
pub const FORWARDED_HOPS: usize = 16;

// --- Reports (decode/, normalise/) ---

/// Reports read from one body; Chromium queues 100 per profile, Firefox sends 100 per POST.
pub const REPORTS_PER_REQUEST: usize = 100;
/// Reports read from one body at the most, whatever the configuration says.
pub const REPORTS_PER_REQUEST_MAX: usize = 10_000;
/// Bytes of a URL that is parsed; the `url` crate takes 4 ms for 64 KiB. Longer ones lose their
/// credentials and repeated slashes, then their end.
pub const URL_BYTES: usize = 8 * 1024;
/// Bytes of a URL that are searched for card numbers, though not kept: skimmers put a page's whole content
/// into one URL.
pub const URL_SCAN_BYTES: usize = 64 * 1024;
/// Bytes of a path that is stored; with a kept query, twice as many.
pub const PATH_BYTES: usize = 1024;
/// Bytes of a host name (RFC 1035, section 2.3.4).
pub const HOST_BYTES: usize = 253;
/// Bytes of a script sample that is stored. Browsers cut at 40 UTF-16 units.
pub const SAMPLE_BYTES: usize = 256;
/// Bytes of a directive or type name that is stored. The longest real one has 40.
pub const NAME_BYTES: usize = 64;
/// Bytes of a correlation tag (contract: 1-128).
pub const TAG_BYTES: usize = 128;
/// Age that a report may claim. Chromium delivers up to 15 minutes late.
pub const AGE_MAX: Duration = DAY;

/// Bytes of a policy that are read. Servers send heads of 8 to 32 KiB; what is longer is not judged by.
pub const POLICY_BYTES: usize = 32 * 1024;
/// Directives of a policy that are read. CSP3 and its extensions have some 30.
pub const POLICY_DIRECTIVES: usize = 64;
/// Sources of a policy that are read, all directives together. The longest recorded policy has 36.
pub const POLICY_SOURCES: usize = 2_000;
/// Bytes of one source that is read; its path is compared with one of [`PATH_BYTES`].
pub const POLICY_SOURCE_BYTES: usize = 1024;
/// Changes between two policies that are listed one by one: as many as a person reads.
pub const POLICY_CHANGES: usize = 50;
/// Hosts of one domain that a suggested directive lists one by one; beyond, the domain where all of it is expected. A
/// header of more is not read by anybody, and servers limit its length.
pub const SUGGESTED_HOSTS: usize = 8;
/// Sources that reports add to a directive, those with most reports first. Servers limit a head to 8 KiB and more.
pub const SUGGESTED_SOURCES: usize = 100;
/// Rows of reports, and policies of a page group, that a suggestion is built from. Invented addresses must not fill the
/// memory; those with most reports come first.
pub const SUGGESTION_REPORTS: u64 = 100_000;
/// See [`SUGGESTION_REPORTS`].
pub const SUGGESTION_POLICIES: u64 = 1_000;
/// Distinct violations that other noise rules are tried on, those with most reports first. Somebody who invents violations
/// must not fill the memory.
pub const JUDGED_VIOLATIONS: u64 = 500_000;
/// Bytes of a policy's file that is read: more than any server sends.
pub const POLICY_FILE_BYTES: u64 = 1024 * 1024;
/// Bytes of a directive or source in the text of a change.
pub const POLICY_WORD_BYTES: usize = 200;

/// Fewest bytes of a text that identifies noise by a script's sample; shorter ones occur in any code.
pub const NOISE_SAMPLE_BYTES_MIN: usize = 6;

// --- Sites, clients and destinations ---

/// Sites taken by themselves when none is configured; the rest is counted under `other`. Each has some 80 series.
pub const DISCOVERED_SITES: usize = 50;
/// A network's quota by default: that of so many clients.
pub const CLIENTS_PER_NETWORK: u32 = 10;
/// Clients, and networks, that have a quota of their own; later ones share that of their group
/// ([`crate::base::client_id::NetworkId::group`]).
pub const QUOTA_KEYS: usize = 1_000_000;
/// Unknown destinations remembered per site. A shop under attack has a handful.
pub const DESTINATIONS_PER_SITE: usize = 2_000;
/// Destinations exported per site.
pub const DESTINATION_SERIES_PER_SITE: usize = 100;
/// Destinations exported of all sites together; where there are many sites, each has its share.
pub const DESTINATION_SERIES: usize = 1_000;
/// Of these, at least so many for each site.
pub const DESTINATION_SERIES_MIN: usize = 10;
/// Clients and networks of a destination that are counted exactly; beyond, their number is estimated within some
/// 3 %. Both take a KiB.
pub const COUNTED_EXACTLY: usize = 100;
/// Scripts and addresses of a site that new destinations may have in common, and destinations of each.
pub const ORIGINS_PER_SITE: usize = 500;
/// Destinations of each of them: the first.
pub const DESTINATIONS_PER_ORIGIN: usize = 50;
/// Places in scripts of a site that are looked at for code of others that runs through them; a KiB each.
pub const WRAPPERS_PER_SITE: usize = 500;
/// Destinations of each of them: the latest, more than twice as many as make a place known.
pub const DESTINATIONS_PER_WRAPPER: usize = 16;
/// Destinations of forms and frames of a page group that are looked through for banks.
pub const ISSUERS_PER_PAGE_GROUP: usize = 500;
/// Clients of which is remembered that they are on a page where cards are entered, in each of two generations: those of some
/// minutes of a big shop. Each takes some 80 bytes.
pub const PAGE_VIEWS_PER_GENERATION: usize = 5_000;
/// Reports of a site that wait until the page group is known that they belong to; a KiB each.
pub const UNPLACED_REPORTS: usize = 100;
/// Expected hosts of a page group that its policy forbids, of which is remembered who reports them; 2 KiB each. A wildcard
/// expects whatever somebody invents.
pub const FORBIDDEN_HOSTS: usize = 50;
/// Those of a site that have a ticket within a day.
pub const FORBIDDEN_HOSTS_REPORTED: usize = 10;
/// Hosts beside the configured ones of a site that are remembered; the rest is counted. Anybody can invent them.
pub const HOSTS_MISSING: usize = 20;
/// Of these, those that an alert names: a site forgets one or two.
pub const HOSTS_NAMED: usize = 5;
/// Bytes of their names; what is longer is invented.
pub const HOST_BYTES_NAMED: usize = 100;
/// Visits of a destination that its score is made of: more than the fifteen that show a theft from one visitor of thirty.
pub const HITS_PER_DESTINATION: usize = 32;
/// Networks of a destination that are compared with those of others.
pub const WITNESSES_PER_DESTINATION: usize = 100;
/// Networks of a site whose visitors are watched, because one of them alone reports a destination that a script of the site
/// reaches; half a KiB each.
pub const NETWORKS_WATCHED: usize = 50;
/// The first visitors of such a network in a day, and those of them who report a destination: enough to see whether most do.
pub const VISITORS_OF_NETWORK: usize = 64;
/// Bytes of the beginning of code that an alert shows: browsers report 40 characters.
pub const CODE_SAMPLE_BYTES: usize = 60;
/// Findings of a site that are compared with a new one, destinations of each, and networks of each.
pub const FINDINGS_PER_SITE: usize = 100;
/// Networks whose part in the census may come within minutes, and for which destinations of a crowd wait.
pub const NETWORKS_WAITED_FOR: usize = 500;
/// Destinations that wait for one network. A network that names more pushes out its own.
pub const WAITING_OF_NETWORK: usize = 8;
/// Destinations that one finding lists.
pub const DESTINATIONS_PER_FINDING: usize = 200;
/// Networks of a finding.
pub const NETWORKS_PER_FINDING: usize = 500;
/// Paths remembered per destination, and bytes of each: for a person to know where to look first.
pub const PAGES_PER_DESTINATION: usize = 4;
/// Bytes of each of these paths.
pub const PAGE_BYTES: usize = 100;
/// Names on threat lists, all lists together; some 100 bytes each.
pub const THREATS: usize = 500_000;
/// Destinations whose history a threat list has, remembered per site.
pub const PAST_THREATS: usize = 1_000;
/// Bytes of who decided, and of why.
pub const DECISION_BYTES: usize = 1_000;
/// Decisions about a destination that are read to undo the newest: more than people decide about one.
pub const DECISIONS_OF_DESTINATION: u64 = 200;
/// Hosts where anybody can have an account that a decision about their domain covers: as many as a person reads. Anybody can
/// report more of them.
pub const HOSTS_PER_DECISION: usize = 20;
/// Bytes of a label that names what else a finding has: the shipped scrape job refuses 300.
pub const FINDING_WORDS_BYTES: usize = 250;
/// Other destinations of a finding that an alert names: as many as a person reads.
pub const FINDING_DESTINATIONS_NAMED: usize = 20;
/// Drills of a site that are exported, the latest first: people begin one at a time, and it is over within minutes.
pub const DRILLS_SHOWN: usize = 5;
/// Drills of a period that a pack lists: one a day for ten years.
pub const DRILLS_IN_EVIDENCE: u64 = 3_660;
/// Rows that `doctor --watch --store` writes about a page in a day. Headers change with deployments; a page whose headers differ
/// in each response would have one for each look, every ten seconds.
pub const HEADER_ROWS_PER_DAY: usize = 100;
/// Bytes that are kept of a header's value, and of why a page could not be fetched. Policies of 4 KiB are long.
pub const HEADER_VALUE_BYTES: usize = 8 * 1024;
/// Rows about headers of a period that a pack is made of: of ten pages in a year, five a day. With 15 headers of 8 KiB each
/// that could be 2 GiB; real ones have 2 KiB together.
pub const HEADER_ROWS_IN_EVIDENCE: u64 = 18_250;
/// Scripts of a page group whose mismatch is exported, the latest first. Anybody can invent them.
pub const MISMATCHES_PER_PAGE_GROUP: usize = 10;
/// Bytes of the name of one.
pub const SCRIPT_BYTES_NAMED: usize = 200;
/// Bytes of who decided, in a metric.
pub const DECIDED_BY_BYTES: usize = 100;
/// Decisions of the last hour that are exported.
pub const DECISION_SERIES: usize = 200;
/// Alerts remembered, over all sites: what the admin listener shows.
pub const ALERTS_REMEMBERED: usize = 1_000;
/// Bytes of a policy's text that is remembered to be compared with its successor. Known long ones have 4 KiB.
pub const POLICY_COMPARED_BYTES: usize = 8 * 1024;

/// Days of activity remembered per destination.
pub const ACTIVE_DAYS: usize = 400;
/// Networks that are counted within an hour per page group, some 40 bytes each; beyond, a page group counts as one of the
/// busiest. So many are remembered, too, in each of two generations, of whom is known that they are no newcomers.
pub const NETWORKS_PER_HOUR: usize = 5_000;
/// Of the latest newcomers of a page group, the times that are remembered: enough to see that a twentieth of them is left where
/// thousands come a day.
pub const NEWCOMERS_TIMED: usize = 20;
/// Networks per page group that say of how many page views the client script counts one. Whoever wants to decide that has to
/// speak from half as many at the same time.
pub const CENSUS_VOICES: usize = 31;
/// Scripts per site and page group whose hashes are remembered.
pub const SCRIPTS_PER_SITE: usize = 2_000;
/// Inline scripts of a page group that are listed by their hash within a day: more than pages have that are the same for all
/// visitors. Each is a row of the inventory.
pub const INLINE_SCRIPTS_LISTED: usize = 100;
/// Hashes per script that are known; one more takes the place of the one that was seen longest ago.
pub const HASHES_PER_SCRIPT: usize = 16;
/// Hashes per script that wait for a second network, some 80 bytes each: twice as many networks as show that it is made anew for
/// every visitor. Where there are more, the network that reported most of them loses its oldest.
pub const HASHES_PENDING_PER_SCRIPT: usize = 32;
/// Bytes of outcomes of recent reports, in each of two generations: some 10,000 distinct violations. The same for
/// whole bodies.
pub const OUTCOME_BYTES_PER_GENERATION: usize = 5 * 1024 * 1024;
/// Parsed policies that are kept, in each of two generations; a usual one takes 5 KiB.
pub const POLICIES_PER_GENERATION: usize = 500;
/// Policies per page group, and those that wait for a second network.
pub const POLICIES_PER_PAGE_GROUP: usize = 64;
/// All policies of a site: those of ten page groups. What is configured beyond that is the operator's will.
pub const POLICIES_PER_SITE: usize = 10 * POLICIES_PER_PAGE_GROUP;

/// First sightings of a network that are kept in a day although they are over its quotas: a page may flood in its visitors'
/// names before it sends. Of more, detection learns all the same.
pub const SIGHTINGS_OVER_QUOTA: u32 = 500;

/// Deliveries remembered to recognise repeated ones, in each of two generations: 16 MiB together.
pub const DELIVERIES_PER_GENERATION: usize = 200_000;

// --- Journal and sink ---

/// Rows (first sightings) of a segment. One INSERT block holds 1,048,449 rows.
pub const SEGMENT_ROWS: u32 = 100_000;
/// Policies of a segment, on all page groups together. A site has a handful; who invents them must not fill it.
pub const POLICIES_PER_SEGMENT: usize = 500;
/// Bytes of their texts.
pub const POLICY_BYTES_PER_SEGMENT: usize = 1024 * 1024;
/// Frames of a segment, so that its sightings also fit one INSERT block.
pub const SEGMENT_FRAMES: u32 = 1_000_000;
/// Bytes of a segment. One INSERT block holds 256 MiB.
pub const SEGMENT_BYTES: u64 = 32 * MIB;
/// Bytes set aside on the disk for a segment when it is opened, so that a sync has less to note: those of
/// five seconds with 1,000 new violations each.
pub const SEGMENT_ROOM: u64 = 2 * MIB;
/// Bytes of one frame's payload; a row of bounded texts stays far below.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Reports that wait for the committer. Beyond: 503.
pub const COMMIT_QUEUE_REPORTS: usize = 100_000;
/// How long reports may wait for the disk. Then they get 503: a browser, a proxy and a connection cost something while they
/// hang, and a disk that takes this long is no promise.
pub const COMMIT_DEADLINE: Duration = Duration::from_secs(10);
/// For how long the first of several requests that came during a sync waits for others, to share the next one. Nobody waits
/// longer for an answer than this and two syncs.
pub const COMMIT_PAUSE: Duration = Duration::from_millis(1);
/// Requests with which the pause ends early: shared by so many a sync costs next to nothing, and behind a stall of the machine
/// a pause would hold back a queue. With 32, 17,000 requests a second cost 2 to 4 % more CPU.
pub const COMMIT_GROUP: usize = 48;
/// [`COMMIT_PAUSE`] after a write that is not synced, which costs less.
pub const WRITE_PAUSE: Duration = Duration::from_micros(100);
/// Refused parts of a segment that are cut in halves to find the rows that are at fault. Each costs two
/// INSERTs more; 64 take about a second, and segments are sealed every few. Later ones are kept as they
/// are.
pub const REJECTIONS_SPLIT: usize = 64;
/// Segments that are on their way to ClickHouse at the same time, as long as they have no more than
/// [`SEGMENT_BYTES`] together: that bounds the memory.
pub const SEGMENTS_IN_FLIGHT: usize = 4;
/// How long after the start of a collector a ClickHouse that does not answer yet is nothing to warn of: it starts beside the
/// collector.
pub const CLICKHOUSE_START: Duration = Duration::from_secs(10);
/// Free disk that is left to ClickHouse: a merge needs room for the parts that it replaces, and a server whose disk is full
/// can neither merge nor start. Below it segments wait in the journal.
pub const CLICKHOUSE_FREE_BYTES: u64 = 512 * MIB;
/// Free disk that the journal leaves alone.
pub const DISK_FREE_BYTES: u64 = 256 * MIB;
/// What only new evidence may use of the journal's last bytes, and of that free disk; of a small journal a sixteenth. A
/// sighting takes a KiB.
pub const JOURNAL_RESERVE_BYTES: u64 = 32 * MIB;
/// How many networks it takes to use it up.
pub const RESERVE_SHARES: u64 = 64;
/// Bytes of rows that one network (IPv4 /24, IPv6 /48) may make in a day by default: some 100,000 rows of a usual length,
/// and a tenth of that where each is as long as it can be.
pub const BYTES_PER_DAY_PER_NETWORK: u64 = 100 * MIB;
/// Networks that have a budget of their own; later ones share that of their group. A table of more than 917,504, seven eighths
/// of 2^20, takes twice the room: 52 MiB in place of 26. The 65,536 groups are in it, too.
pub const BUDGET_NETWORKS: usize = 850_000;
/// First sightings and policies of a day that are remembered for budgets, some 16 bytes each.
pub const BUDGET_KEYS: usize = 200_000;
/// What a report takes beside its texts: its frame in the journal.
pub const REPORT_BYTES_AROUND: usize = 32;
/// What a row takes beside its texts and numbers: times, batch, and its part of the derived tables.
pub const ROW_BYTES_AROUND: usize = 96;
/// The same of a sighting, with what it adds to the table `destinations`.
pub const SIGHTING_BYTES_AROUND: usize = 96;

// --- Secrets ---

/// Bytes that a configured secret of the client hash must have at least.
pub const CLIENT_KEY_BYTES: usize = 16;
/// Bytes that a key of signed endpoints or tags must have at least.
pub const SIGNING_KEY_BYTES: usize = 16;
/// Bytes that the token of the admin listener must have at least.
pub const ADMIN_TOKEN_BYTES: usize = 16;

// --- The console ---

/// Characters of the name of a user or token: an e-mail address fits.
pub const CONSOLE_NAME_CHARS: usize = 100;
/// Sessions of one person: a few browsers on a few machines. One more ends the one that was used least lately.
pub const CONSOLE_SESSIONS: usize = 20;
/// Attempts to log in within a quarter of an hour: of one account from one network, as often as a person mistypes.
pub const CONSOLE_LOGINS_PER_PAIR: u32 = 10;
/// Of all accounts from one network: an office behind one address.
pub const CONSOLE_LOGINS_PER_NETWORK: u32 = 50;
/// Of one account from all networks from which it never logged in: some 10,000 guesses a day, at passwords of 15 characters.
pub const CONSOLE_LOGINS_PER_ACCOUNT: u32 = 100;
/// Counts of attempts that are kept, some 60 bytes each.
pub const CONSOLE_LOGIN_COUNTS: usize = 20_000;
/// Logins that are at the identity provider at the same time; one more ends the oldest.
pub const CONSOLE_ATTEMPTS: usize = 1_000;
/// Of them, those of one network: an office behind one address. One more ends the oldest of that network, so that nobody ends
/// those of others.
pub const CONSOLE_ATTEMPTS_PER_NETWORK: usize = 50;
/// Passwords that are checked at the same time: each takes 19 MiB and a core.
pub const CONSOLE_PASSWORD_CHECKS: usize = 2;
/// Attempts to log in that may wait for that; beyond, 429.
pub const CONSOLE_PASSWORD_QUEUE: usize = 50;
/// Connections: 50 people with a few tabs each, behind a proxy that keeps some open. One more ends the oldest, so that whoever
/// only holds connections keeps nobody out.
pub const CONSOLE_CONNECTIONS: u64 = 500;
/// Requests at the same time on an HTTP/2 connection of the console: a page asks for three files and listens for news.
pub const CONSOLE_STREAMS: u32 = 32;
/// Bytes of a request head over HTTP/2 at the console: a search of reports is a part of the address.
pub const CONSOLE_HEAD_BYTES: u32 = 32 * 1024;
/// Bytes of a form or a JSON body: hundreds of approvals of scripts.
pub const CONSOLE_BODY_BYTES: usize = 256 * 1024;
/// Bytes of the form of a login, which anybody may send: a name, a password, and the address to go on to.
pub const CONSOLE_LOGIN_BYTES: usize = 64 * 1024;
/// Time for a body to arrive: 256 KiB on a poor line.
pub const CONSOLE_BODY_TIME: Duration = Duration::from_secs(15);
/// Pages that wait for news at the same time (server-sent events).
pub const CONSOLE_LISTENERS: usize = 250;
/// Of them, those of one person: tabs of a few browsers.
pub const CONSOLE_LISTENERS_PER_PERSON: usize = 25;
/// Rows of reports that a suggested policy is built from there, as [`SUGGESTION_REPORTS`] of the command: a console serves many.
pub const CONSOLE_SUGGESTION_REPORTS: u64 = 20_000;
/// Bytes of suggested policies that are kept for a minute: those of some hundred sites.
pub const CONSOLE_SUGGESTION_BYTES: u64 = 4 * MIB;
/// Large answers that are made at the same time: reports, packs and files, of up to ten thousand rows each, some 10 MiB.
pub const CONSOLE_LARGE_ANSWERS: usize = 4;
/// Decisions about destinations, and as many about scripts, that the list of decisions goes back: those of years, some 10 MiB.
pub const CONSOLE_DECISIONS: u64 = 10_000;
/// Bytes of them that people are still receiving.
pub const CONSOLE_LARGE_BYTES: usize = 24 * 1024 * 1024;
/// How long somebody waits for one of these, or for a suggested policy, behind others. Policies are worked out one at a time,
/// because each holds the reports of 30 days meanwhile.
pub const CONSOLE_TURN: Duration = Duration::from_secs(30);
/// How long a page's queries may take together; a person would not wait longer.
pub const CONSOLE_ANSWER: Duration = Duration::from_secs(15);

// --- Pages (doctor/) ---

/// Bytes of a page, or of standard input in its place, that are read. The median page of the web has 30 KiB of HTML.
pub const DOCTOR_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a response's head that are read as they were sent; servers send a few thousand, and hyper refuses more than
/// twice as much.
pub const DOCTOR_HEAD_BYTES: usize = 256 * 1024;
/// Fields of a response's head; browsers have no such bound, and pages send some twenty.
pub const DOCTOR_HEAD_FIELDS: usize = 200;
/// Scripts of a page that are looked at.
pub const DOCTOR_SCRIPTS: usize = 1_000;
/// Findings that are reported. A page with more has its first hundreds to fix first.
pub const DOCTOR_FINDINGS: usize = 300;
/// Redirects that are followed; browsers follow 20 (Fetch, section 4.4).
pub const DOCTOR_REDIRECTS: usize = 20;
/// Policies that are judged; pages have two or three. A comma in a header makes one more, so that who edits a page could
/// make thousands.
pub const DOCTOR_POLICIES: usize = 32;
/// Endpoints that are read from a header, and that another names.
pub const DOCTOR_NAMES: usize = 64;
/// Addresses of a host that are tried. Hosts have two to eight; each may take seconds.
pub const DOCTOR_ADDRESSES: usize = 8;
/// Endpoints that are asked.
pub const DOCTOR_ENDPOINTS: usize = 16;

// --- Exports (export/) ---

/// Events that are written together; at the bound of a line they have 32 MiB.
pub const EXPORT_EVENTS_TOGETHER: usize = 500;
/// Bytes of an event's line. Usual ones have 1.5 KiB; beyond, texts and lists are cut.
pub const EXPORT_LINE_BYTES: usize = 64 * 1024;
/// Bytes of a line within a syslog message, which leaves room for the head. RFC 5425, section 4.3.1, asks receivers for 8 KiB only.
pub const EXPORT_SYSLOG_BYTES: usize = EXPORT_LINE_BYTES - 2 * 1024;
/// Batches, alerts or decisions of the last days that are known to be sent; some 40 bytes each, of which half are in the
/// state file. A collector has 120,000 batches a week when each has a sighting. Beyond, the older half is not looked for any more.
pub const EXPORT_KNOWN: usize = 1_000_000;
/// The same for those that were sent and are not settled.
pub const EXPORT_UNSETTLED: usize = 100_000;

// --- Spans (telemetry/) ---

/// Spans that wait to be sent, a kilobyte each: those of minutes. One more is dropped.
pub const SPANS_WAITING: usize = 2_048;
/// Spans that are sent together.
pub const SPANS_TOGETHER: usize = 512;
/// Bytes that are read of the answer to them, which has some ten.
pub const SPANS_ANSWER_BYTES: usize = 64 * 1024;
/// Time for an endpoint to take them. It is on the same machine or nearby, and whatever comes meanwhile waits.
pub const SPANS_EXPORT: Duration = Duration::from_secs(5);
/// Time to send what waits when the process stops.
pub const SPANS_AT_STOP: Duration = Duration::from_secs(2);
/// The largest `telemetry.sample_one_in`.
pub const SPANS_SAMPLE_ONE_IN: usize = 1_000_000;
