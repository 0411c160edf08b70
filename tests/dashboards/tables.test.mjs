// Each cell has the text that a person should see.

import assert from "node:assert/strict";
import { test } from "node:test";

import { data } from "../../dashboards/preview/grafana.mjs";
import { NAMES, cell, dashboard, everything, open, panel, panels, rows, sources } from "./support.mjs";

const isTable = ({ panel: { type } }) => type === "table";
const INCIDENT = "var-site=shop&var-destination=evil.example";

test("every panel has data or words, with several page groups and sites and on empty tables", async () => {
  for (const state of [{}, { empty: true }]) {
    for (const { name, panel: asked, error, frames } of await everything(state)) {
      assert.equal(error, undefined, `${name}, ${asked.title}: ${error}`);
      const words = asked.fieldConfig.defaults.noValue;
      const isCurve = asked.type === "timeseries" && asked.targets[0].datasource.type === "prometheus";
      assert.ok(words || isCurve || frames.some(({ length }) => length > 0), `${name}, ${asked.title}: empty, and no words for it`);
    }
  }
});

test("the words for an empty table stand in no cell", async () => {
  let cells = 0;
  for (const asked of (await everything()).filter(isTable)) {
    const words = asked.panel.fieldConfig.defaults.noValue;
    for (const [column, text] of rows(asked).flatMap(Object.entries)) {
      cells += 1;
      assert.notEqual(text, words, `${asked.name}, ${asked.panel.title}, ${column}`);
      assert.notEqual(text, "", `${asked.name}, ${asked.panel.title}, ${column}`);
    }
  }
  assert.ok(cells > 300, cells);
});

test("text stays text", async () => {
  sources();
  const tags = rows(await panel(await open("incident", INCIDENT), "Tags")).map(({ tag }) => tag);
  assert.deepEqual(tags.sort(), ["004711", "0x1F", "12345678901234567890", "1e5"]);
});

test("what never was is not of 1970", async () => {
  sources();
  for (const [name, where] of [["overview", ""], ["incident", "var-destination=nobody-ever-saw.example"], ["incident", "var-site=&var-destination="], ["site", "var-site=nosuch"]]) {
    for (const asked of await panels(await open(name, where))) {
      for (const row of rows(asked)) assert.doesNotMatch(JSON.stringify(row), /1970/, `${name}, ${asked.panel.title}`);
    }
  }
});

test("counts are written in full, with separators", async () => {
  sources();
  const site = rows(await panel(await open("overview"), "Sites"));
  assert.ok(site.every(({ reports }) => /^\d{3},\d{3}$/.test(reports)), JSON.stringify(site));
});

test("the destinations of the overview: the most severe first, with everything to begin with", async () => {
  sources();
  const asked = await panel(await open("overview"), "Destinations");
  const [first, second, third, ...others] = rows(asked);
  assert.equal(asked.frames[0].fields[0].name, "severity");
  assert.deepEqual([first.severity, first.destination, first.page_group, first.visitors, first.stopped], ["page", "evil.example", "payment", "2", "no"]);
  assert.equal(first.why, "on a page where cards are entered; two networks");
  assert.deepEqual([second.severity, second.destination, second.site], ["ticket", "other.example", "shop.example"]);
  assert.ok(others.length > 90 && others.every(({ severity }) => severity === "–"));
  assert.deepEqual([third.severity, third.destination, third.page_group, third.stopped], ["ticket", "evil.example", "other", "yes"]);
  const [severity] = asked.frames[0].fields;
  assert.deepEqual([0, 1].map((row) => cell(severity, row).color), ["red", "orange"]);
});

test("a number beside the list of destinations says how many are new, also where the list is empty", async () => {
  sources();
  assert.match(rows(await panel(await open("overview"), "New destinations"))[0].destinations, /^60\d$/);
  sources({ empty: true });
  assert.equal(rows(await panel(await open("overview"), "New destinations"))[0].destinations, "0");
});

test("alerts say since when, without the watchdog, and the columns are in their order", async () => {
  sources();
  const asked = await panel(await open("overview"), "Alerts that fire");
  const own = await panel(await open("overview"), "Alerts about cspwatch itself");
  const found = [...rows(asked), ...rows(own)];
  assert.deepEqual(found.map(({ alertname }) => alertname), ["CspwatchUnknownDestinationOnPaymentPage", "CspwatchJournalBacklog"]);
  assert.deepEqual(found.map(({ Value: since }) => since), ["2 hours ago", "2 hours ago"]);
  assert.deepEqual(asked.frames[0].fields.map(({ name }) => name), ["severity", "alertname", "Value", "destination", "site", "page_group"]);
});

test("columns are called by words", async () => {
  for (const asked of (await everything()).filter(isTable)) {
    for (const { name: column, config } of asked.frames[0]?.fields ?? []) {
      assert.match(config.displayName ?? column, /^[A-Z][^_]*$/, `${asked.name}, ${asked.panel.title}: ${column}`);
    }
  }
});

test("what the head of an incident says", async () => {
  sources();
  const opened = await open("incident", INCIDENT);
  assert.equal(rows(await panel(opened, "Destination"))[0].destination, "evil[.]example");
  const [head] = rows(await panel(opened, "At a glance"));
  assert.deepEqual([head.reports, head.visitors, head.tags, head.stopped, head.decision], ["4", "4", "4", "50%", "none yet"]);
  assert.match(rows(await panel(opened, "Why"))[0].why, /two networks/);
  const before = rows(await panel(opened, "What changed just before"));
  assert.ok(before.some(({ what, which }) => what === "another hash of a script" && which === "shop.example/js/a.js"), JSON.stringify(before));
  assert.ok(before.some(({ what }) => what === "a policy (enforce)"));
  const old = await open("incident", "var-site=shop&var-destination=old-skimmer.example");
  assert.equal(rows(await panel(old, "At a glance"))[0].reports, "1");
  const none = await open("incident", "var-destination=nobody.example");
  assert.equal(rows(await panel(none, "Destination"))[0].destination, "nobody[.]example was not reported");
  assert.deepEqual(rows(await panel(none, "At a glance")), []);
});

test("tables have no unit for all of their columns", () => {
  for (const name of NAMES) {
    for (const { title, type, fieldConfig } of dashboard(name).panels) assert.ok(type !== "table" || !fieldConfig.defaults.unit, `${name}, ${title}`);
  }
});

// Grafana adds milliseconds to a column of times without a unit where all of them are of one minute.
test("times look alike, whatever they are", async () => {
  sources();
  const plain = [];
  for (const name of NAMES) {
    for (const { panel: asked, frames } of await panels(await open(name, INCIDENT), ({ type }) => type === "table")) {
      const times = frames.flatMap(({ fields }) => fields).filter(({ type, config }) => type === data.FieldType.time && !config.custom?.hidden);
      plain.push(...times.filter(({ config }) => !config.unit).map(({ name: column }) => `${name}, ${asked.title}: ${column}`));
    }
  }
  assert.deepEqual(plain, []);
});
