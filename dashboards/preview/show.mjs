// Asks all that the dashboards ask, by Grafana's own libraries, and says which panels are empty. See dashboards/show --help.

import fs from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { ClickHouse } from "./clickhouse.mjs";
import { page } from "./draw/page.mjs";
import { dataSources } from "./grafana.mjs";
import { Prometheus } from "./prometheus.mjs";
import { Opened, shown } from "./scene.mjs";

const DASHBOARDS = path.join(path.dirname(fileURLToPath(import.meta.url)), "../json");
const USAGE = `usage: dashboards/show [OPTIONS]

Asks a Prometheus and a ClickHouse all that the dashboards ask, as Grafana does: variables, queries, transformations, units and
links are computed by Grafana's own libraries (npm, Node.js 20 or newer). Prints how many rows each panel has. Exit code 1 where
a query fails, or a panel is empty and says no words for it.

  --prometheus URL       default: http://127.0.0.1:9090, that of deploy/quickstart
  --clickhouse URL       its HTTP interface; default: http://127.0.0.1:8123
  --database NAME        default: cspwatch
  --user NAME            of ClickHouse; default: default
  --password-file FILE   its content is the password of ClickHouse
  --from TIME            as now-7d or 2026-11-01T00:00:00Z; default: each dashboard's own
  --to TIME              default: now
  --var NAME=VALUE       a variable of the dashboards, as site=shop or destination=evil.example; may be repeated
  --out DIR              draw each dashboard into DIR, as HTML
  --chromium COMMAND     with --out: take pictures of them too, with this browser

It does not know: what the backends of the data sources do to types, times and errors (imitated), what Grafana's panels look
like, and what its server does. docs/grafana-trial.md says what to look at in a real one.
`;
const OPTIONS = {
  prometheus: { type: "string", default: "http://127.0.0.1:9090" }, clickhouse: { type: "string", default: "http://127.0.0.1:8123" },
  database: { type: "string", default: "cspwatch" }, user: { type: "string", default: "default" }, "password-file": { type: "string" },
  from: { type: "string" }, to: { type: "string" }, var: { type: "string", multiple: true, default: [] }, out: { type: "string" },
  chromium: { type: "string" }, help: { type: "boolean", short: "h" },
};

async function main() {
  const given = parsed();
  for (const one of [new Prometheus(given.prometheus), new ClickHouse(given.clickhouse, account(given))]) dataSources.set(one.uid, one);
  let failures = [];
  for (const file of fs.readdirSync(DASHBOARDS).sort()) {
    const dashboard = JSON.parse(fs.readFileSync(path.join(DASHBOARDS, file), "utf8"));
    const opened = await Opened.open(dashboard, await address(dashboard, given));
    const drawn = new Map();
    for (const panel of shown(dashboard)) drawn.set(panel.id, await opened.panel(panel));
    const marks = await opened.marks();
    failures = [...failures, ...marked(dashboard, drawn, marks)];
    if (given.out) draw(given, path.basename(file, ".json"), page({ dashboard, time: opened.time, values: opened.values() }, drawn, marks));
  }
  for (const failure of failures) console.error(`dashboards/show: ${failure}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function parsed() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    return values;
  } catch (error) {
    process.stderr.write(`dashboards/show: ${error.message}\n${USAGE}`);
    process.exit(64);
  }
}

function account({ database, user, "password-file": file }) {
  return { database, user, password: file ? fs.readFileSync(file, "utf8").trim() : "" };
}

// What stands in the address line. Without a destination, Incident shows the one on top of the list that it offers.
async function address(dashboard, given) {
  const parameters = new URLSearchParams();
  for (const one of given.var) parameters.append(`var-${one.split("=", 1)[0]}`, one.slice(one.indexOf("=") + 1));
  if (given.from) parameters.set("from", moment(given.from));
  if (given.to || given.from) parameters.set("to", moment(given.to ?? "now"));
  const wantsDestination = dashboard.templating.list.some(({ name }) => name === "destination");
  if (wantsDestination && !parameters.has("var-destination")) parameters.set("var-destination", await firstDestination(dashboard, parameters));
  return parameters.toString();
}

function moment(text) {
  return text.startsWith("now") ? text : String(Date.parse(text));
}

async function firstDestination(dashboard, parameters) {
  const opened = await Opened.open(dashboard, parameters.toString());
  const list = shown(dashboard).find(({ title }) => title === "Choose another destination");
  const { frames: [frame] } = await opened.panel(list);
  return frame?.fields.find(({ name }) => name === "destination")?.values[0] ?? "";
}

// Prints a line for each panel; returns what is wrong.
function marked(dashboard, drawn, marks) {
  const failures = marks.filter(({ error }) => error).map(({ name, error }) => `${dashboard.title}, annotation ${name}: ${error}`);
  console.log(dashboard.title);
  for (const panel of shown(dashboard)) {
    if (panel.type === "text") continue;
    const { error, frames } = drawn.get(panel.id);
    const rows = frames.reduce((sum, { length }) => sum + length, 0);
    const words = panel.fieldConfig.defaults.noValue;
    if (error) failures.push(`${dashboard.title}, panel ${panel.title}: ${error}`);
    else if (rows === 0 && !words) failures.push(`${dashboard.title}, panel ${panel.title}: no rows, and no words for that`);
    console.log(error ? `  failed     ${panel.title}` : `  ${String(rows).padStart(6)} rows ${panel.title}${rows === 0 && words ? `: ${words}` : ""}`);
  }
  for (const { name, times } of marks) console.log(`  ${String(times.length).padStart(6)} marks ${name}`);
  return failures;
}

function draw({ out, chromium }, name, { content, width, height }) {
  fs.mkdirSync(out, { recursive: true });
  const file = path.resolve(out, `${name}.html`);
  fs.writeFileSync(file, content);
  console.log(`  drawn into ${file}`);
  if (!chromium) return;
  const profile = fs.mkdtempSync(path.join(out, "profile-"));
  const picture = file.replace(/html$/, "png");
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", `--user-data-dir=${profile}`];
  execFileSync(chromium, [...options, `--window-size=${width},${height}`, `--screenshot=${picture}`, `file://${file}`], { stdio: "ignore", timeout: 120_000 });
  fs.rmSync(profile, { recursive: true });
}

await main();
