// Each link leads where its row says, whatever the row is called.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NAMES, dashboard, everything, linksOf, open, panel, rows, sources } from "./support.mjs";

// What no destination can be called: Grafana takes percent-encoding off when it checks an address, so a link could not carry it.
const HOSTILE = `a&b="c"#<x>'\\?.example`;
const LEGAL = /^[\w.:-]+$/;
const PLACES = { runbook: "https://git.example/cspwatch/", console: "http://127.0.0.1:8082/" };

async function allLinks() {
  return (await everything()).flatMap((asked) => linksOf(asked).map((link) => ({ ...link, from: `${asked.name}, ${asked.panel.title}` })));
}

test("links name a site and a destination, carry the data sources, and leave the time alone", async () => {
  const all = await allLinks();
  assert.ok(all.length > 300, all.length);
  for (const { href, from, field, row } of all) {
    // An alert that is about no destination leads to where one is chosen.
    if (row[field.name] === "" || row.destination === HOSTILE) continue;
    assert.doesNotMatch(href, /\$\{|undefined|=(&|$)/, `${from}: ${href}`);
    assert.doesNotMatch(href, /[?&](from|to)=/, `${from}: ${href}`);
    if (href.startsWith("/d/")) assert.match(href, /^\/d\/cspwatch-\w+\?.*var-prometheus=cspwatch-prometheus&var-clickhouse=cspwatch-clickhouse$/, from);
    else assert.ok(Object.values(PLACES).some((place) => href.startsWith(place)), `${from}: ${href}`);
  }
});

test("a destination's links open the dashboard of that destination and site", async () => {
  const opened = (await allLinks()).filter(({ href, row }) => href.startsWith("/d/cspwatch-incident") && LEGAL.test(row.destination));
  for (const [column, value] of [["destination", "2001:db8::1"], ["site", "shop.example"]]) assert.ok(opened.some(({ row }) => row[column] === value), value);
  const distinct = [...new Map(opened.map((link) => [link.href, link])).values()].filter(({ row }) => !row.destination.startsWith("latest-"));
  for (const { href, row } of distinct) {
    const { site, destination } = (await open("incident", href.split("?")[1])).values();
    assert.deepEqual([[site].flat(), destination], [[row.site], row.destination]);
  }
});

test("a destination's console link is a path of two names", async () => {
  const toConsole = (await allLinks()).filter(({ title, row }) => title === "Console" && LEGAL.test(row.destination));
  assert.ok(toConsole.length > 10);
  for (const { href, row } of toConsole) {
    const [, , site, destination, ...more] = new URL(href).pathname.split("/");
    assert.deepEqual([decodeURIComponent(site), decodeURIComponent(destination), more], [row.site, row.destination, []]);
  }
});

test("an alert leads to its runbook, and every dashboard has a way on", async () => {
  sources();
  const alerts = linksOf(await panel(await open("overview"), "Alerts about cspwatch itself"));
  assert.ok(alerts.some(({ href }) => href === `${PLACES.runbook}deploy/runbook.md#CspwatchJournalBacklog`), JSON.stringify(alerts.map(({ href }) => href)));
  const state = linksOf(await panel(await open("overview"), "State")).map(({ href }) => href);
  assert.ok(state.some((href) => href.startsWith("/d/cspwatch-pipeline?")), state);
  for (const name of NAMES.filter((one) => one !== "pipeline")) {
    assert.ok((await allLinks()).some(({ from }) => from.startsWith(`${name},`)), name);
  }
  for (const name of NAMES) {
    const [others, ...outside] = dashboard(name).links;
    assert.deepEqual([others.keepTime, others.includeVars], [false, true], name);
    const opened = await open(name);
    const places = outside.map(({ url }) => opened.interpolate(url));
    assert.deepEqual(places, [`${PLACES.runbook}deploy/runbook.md`, PLACES.console], name);
  }
});

test("each field that a link names is a column of its panel", async () => {
  for (const { name, panel: asked, frames } of await everything()) {
    const columns = frames[0]?.fields ?? [];
    for (const { config } of columns) {
      for (const [, field] of (config.links ?? []).flatMap(({ url }) => [...url.matchAll(/__data\.fields\.(\w+)/g)])) {
        assert.ok(columns.some((one) => one.name === field), `${name}, ${asked.title}: ${field}`);
      }
    }
  }
});

test("a name that no destination can have stays text, and its links stay within this Grafana", async () => {
  const hostile = (await allLinks()).filter(({ row }) => row.destination === HOSTILE);
  assert.ok(hostile.length > 0);
  for (const { href } of hostile) assert.ok(href.startsWith("/d/cspwatch-") || href.startsWith(PLACES.console), href);
  const opened = await open("incident", `var-site=shop&var-destination=${encodeURIComponent(HOSTILE)}`);
  assert.equal(rows(await panel(opened, "Destination"))[0].destination, HOSTILE.replace(".", "[.]"));
  assert.equal(rows(await panel(opened, "At a glance"))[0].reports, "1");
});
