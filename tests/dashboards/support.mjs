// What the tests of the dashboards share: the servers that tests/dashboards started, a dashboard that is opened, and what a
// person would read on it.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { ClickHouse } from "../../dashboards/preview/clickhouse.mjs";
import { data, dataSources, theme } from "../../dashboards/preview/grafana.mjs";
import { Prometheus } from "../../dashboards/preview/prometheus.mjs";
import { Opened, shown } from "../../dashboards/preview/scene.mjs";

const FOLDER = process.env.CSPWATCH_DASHBOARDS ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "../../dashboards/json");
export const NAMES = ["overview", "site", "incident", "scripts", "pipeline"];
// An address where nobody listens: port 9 of this machine is that of `discard`.
const NOBODY = "http://127.0.0.1:9";
// The moments of the world, in milliseconds: what Prometheus knows then.
export const MOMENTS = JSON.parse(process.env.CSPWATCH_MOMENTS);

export function dashboard(name) {
  return JSON.parse(fs.readFileSync(path.join(FOLDER, `${name}.json`), "utf8"));
}

// The data sources of the provisioning; `away` names those that do not answer.
export function sources({ away = [], empty = false } = {}) {
  const address = (name) => (away.includes(name) ? NOBODY : process.env[`CSPWATCH_${name.toUpperCase()}`]);
  const database = process.env[empty ? "CSPWATCH_EMPTY_DATABASE" : "CSPWATCH_DATABASE"];
  const made = { prometheus: new Prometheus(address("prometheus")), clickhouse: new ClickHouse(address("clickhouse"), { database }) };
  dataSources.clear();
  for (const one of Object.values(made)) dataSources.set(one.uid, one);
  return made;
}

// A dashboard at a moment of the world.
export function open(name, address = "", moment = "attack") {
  const parameters = new URLSearchParams(address);
  const json = dashboard(name);
  if (!parameters.has("to")) {
    const days = { "now-24h": 1, "now-7d": 7, "now-30d": 30, "now-6h": 0.25 }[json.time.from];
    parameters.set("from", String(MOMENTS[moment] - days * 86_400_000));
    parameters.set("to", String(MOMENTS[moment]));
  }
  return Opened.open(json, parameters.toString());
}

// All panels that ask something, with what they show.
export async function panels(opened, isWanted = () => true) {
  const asked = shown(opened.dashboard).filter((one) => one.targets?.length && isWanted(one));
  return Promise.all(asked.map(async (panel) => ({ panel, ...(await opened.panel(panel)) })));
}

const INCIDENT = "var-site=shop&var-destination=evil.example";
const remembered = new Map();

// All panels of all dashboards at the attack, each with the name of its dashboard; asked once in a file of tests, because they
// are many.
export function everything(state = {}) {
  const key = JSON.stringify(state);
  if (!remembered.has(key)) remembered.set(key, askedAll(state));
  return remembered.get(key);
}

async function askedAll(state) {
  sources(state);
  const all = [];
  for (const name of NAMES) all.push(...(await panels(await open(name, name === "incident" ? INCIDENT : ""))).map((one) => ({ name, ...one })));
  return all;
}

export async function panel(opened, title) {
  const [found] = await panels(opened, (one) => one.title === title);
  if (!found) throw new Error(`there is no panel ${title}`);
  return found;
}

// A number or word of a stat panel: its text and colour.
export function read({ panel: { fieldConfig, options }, frames }, column = 0) {
  const shownValues = data.getFieldDisplayValues({
    fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: (text) => text, theme, data: frames, timeZone: "utc",
  });
  const { display } = shownValues[column];
  return { text: `${display.prefix ?? ""}${display.text}${display.suffix ?? ""}`, color: colorName(display.color) };
}

function colorName(color) {
  const names = ["green", "orange", "red", "purple"];
  return names.find((name) => theme.visualization.getColorByName(name) === color) ?? color;
}

// The rows of a table, as texts by the names of their columns.
export function rows({ frames: [frame] }) {
  if (!frame) return [];
  return [...Array(frame.length).keys()].map((row) => Object.fromEntries(frame.fields.map((field) => [field.name, cell(field, row).text])));
}

export function cell(field, row) {
  const { prefix = "", text, suffix = "", color } = field.display(field.values[row]);
  return { text: `${prefix ?? ""}${text}${suffix ?? ""}`, color: colorName(color) };
}

// The addresses that a cell leads to.
export function links(field, row) {
  return (field.getLinks?.({ valueRowIndex: row }) ?? []).map(({ title, href }) => ({ title, href }));
}

// All links of a panel's cells, each with the row that it stands in.
export function linksOf({ frames }) {
  return frames.flatMap((frame) => frame.fields.flatMap((field) => [...Array(frame.length).keys()].flatMap((row) =>
    links(field, row).map((link) => ({ ...link, field, row: Object.fromEntries(frame.fields.map((one) => [one.name, one.values[row]])) })))));
}
