// What Prometheus knows in the tests: writes OpenMetrics for `promtool tsdb create-blocks-from` into a file, and prints the
// moments at which the tests look, in milliseconds. Each moment ends an hour of its own, with half an hour of nothing before:
// that is longer than Prometheus looks back.
//
//   node world.mjs FILE

import fs from "node:fs";

const [HOUR, STEP] = [3600, 15];
const SHOP = { site: "shop", page_group: "payment" };
const DOTTED = { site: "shop.example", page_group: "payment" };
const EVIL = { ...SHOP, destination: "evil.example", channel: "send", finding: "evil.example" };
const ALERT = { alertname: "CspwatchUnknownDestinationOnPaymentPage", severity: "page", ...SHOP, destination: "evil.example", finding: "evil.example" };

// A collector that is well: name of a metric -> [labels, value at a time].
const WELL = [
  ["up", { job: "cspwatch" }, () => 1],
  ["up", { job: "alertmanager", instance: "a:9093" }, () => 1],
  ["cspwatch_journal_accepting", {}, () => 1],
  ["cspwatch_journal_oldest_pending_timestamp_seconds", {}, () => 0],
  ["cspwatch_journal_errors_total", {}, () => 0],
  ["cspwatch_journal_quarantined_segments", {}, () => 0],
  ["cspwatch_journal_bytes", {}, () => 4096],
  ["cspwatch_journal_room_bytes", {}, () => 2 ** 33],
  ["cspwatch_time_seconds", {}, (at) => at],
  ["alertmanager_notifications_failed_total", { instance: "a:9093", job: "alertmanager" }, () => 0],
  ...[SHOP, { ...SHOP, page_group: "other" }, DOTTED].flatMap((place) => [
    ["cspwatch_site_last_report_timestamp_seconds", place, (at) => at - 12],
    ["cspwatch_site_silent_from_timestamp_seconds", place, (at) => at + HOUR],
    ["cspwatch_verdicts_total", { site: place.site, verdict: "noise" }, (at) => at],
  ]),
  ["cspwatch_destinations_digest_timestamp_seconds", { site: "shop" }, (at) => at - 2 * HOUR],
  ["cspwatch_destinations_digest_destinations", { site: "shop" }, () => 3],
];
const DEAD = [["up", { job: "cspwatch" }, () => 0]];
const seen = (severity) => ["cspwatch_unknown_destination_last_seen_timestamp_seconds", { ...EVIL, severity }, (at) => at - 300];
const fires = (labels) => [["ALERTS", { ...labels, alertstate: "firing" }, () => 1], ["ALERTS_FOR_STATE", labels, (at) => at - 2 * HOUR]];

// The newest last: the tests of ClickHouse look at the same time.
const MOMENTS = {
  nothing: [],
  dead: DEAD,
  refusing: [...WELL.filter(([name]) => name !== "cspwatch_journal_accepting"), ["cspwatch_journal_accepting", {}, () => 0], seen("page")],
  never: WELL.filter(([name]) => !name.startsWith("cspwatch_site_") && name !== "cspwatch_verdicts_total"),
  quiet: WELL,
  silent: [...WELL.filter(([name]) => name !== "cspwatch_site_silent_from_timestamp_seconds"), ["cspwatch_site_silent_from_timestamp_seconds", SHOP, (at) => at - 60]],
  ticket: [...WELL, seen("ticket"), ...fires({ alertname: "CspwatchScriptChanged", severity: "ticket", ...SHOP })],
  // Its collector is gone, and another one knows nothing: Prometheus has the alert.
  replaced: [...WELL, ...fires(ALERT)],
  attack: [...WELL, seen("page"), ...fires(ALERT), ...fires({ alertname: "CspwatchWatchdog", severity: "none" }),
    ...fires({ alertname: "CspwatchJournalBacklog", severity: "ticket", instance: "c:8081" }), ["cspwatch_script_changed_timestamp_seconds",
      { ...SHOP, script_host: "shop.example" }, (at) => at - 600]],
};

const now = Math.floor(Date.now() / 1000);
const names = Object.keys(MOMENTS);
const [lines, moments] = [[], {}];
names.forEach((name, place) => {
  const end = now - (names.length - 1 - place) * 1.5 * HOUR;
  moments[name] = end * 1000;
  // A collector that is well goes on while the tests run.
  const last = place === names.length - 1 ? end + HOUR : end;
  for (let at = end - HOUR; at <= last; at += STEP) {
    for (const [metric, labels, value] of MOMENTS[name]) lines.push([at, `${metric}{${written(labels, metric)}} ${value(at)} ${at}`]);
  }
});
lines.sort(([a], [b]) => a - b);
fs.writeFileSync(process.argv[2], `${lines.map(([, line]) => line).join("\n")}\n# EOF\n`);
console.log(JSON.stringify(moments));

function written(labels, metric) {
  const whole = { ...(metric.startsWith("ALERTS") ? {} : { job: "cspwatch", instance: "c:8081" }), ...labels };
  return Object.entries(whole).map(([name, value]) => `${name}="${value}"`).join(",");
}
