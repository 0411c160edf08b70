// What is asked: nothing that a link carries leaves its quotes, and names with dots work.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NAMES, dashboard, open, panel, panels, rows, sources } from "./support.mjs";

// As crafted links would have them: each would be another condition, if it could leave its quotes.
const CRAFTED = [`\\' OR 1=1 -- `, `' OR 1=1 -- `, `\\`, `'`, `x') OR (1=1`, `}') OR 1=1 -- `, "$__from", "${site:raw}", "%27 OR 1=1", `"} or vector(1) or up{a="`, "`"];
// Those that are tried on every dashboard.
const SOME = [CRAFTED[0], CRAFTED[2], CRAFTED[5], CRAFTED[9]];
const isClickHouse = ({ targets }) => targets[0].datasource.type !== "prometheus";

test("no destination out of a link finds what is another's", async () => {
  sources();
  for (const destination of CRAFTED) {
    const opened = await open("incident", `var-site=shop&var-destination=${encodeURIComponent(destination)}`);
    for (const { panel: asked, error, frames } of await panels(opened, isClickHouse)) {
      assert.equal(error, undefined, `${destination} in ${asked.title}: ${error}`);
      if (["Choose another destination", "Destination", "Repeated deliveries", "Reports and visitors"].includes(asked.title)) continue;
      assert.equal(frames.reduce((sum, { length }) => sum + length, 0), 0, `${destination} in ${asked.title}`);
    }
    const reports = (await panel(opened, "Reports and visitors")).frames[0].fields.find(({ name }) => name === "reports").values;
    assert.ok(reports.every((count) => count === 0), destination);
  }
});

test("no site, page group or gap out of a link widens a query", async () => {
  const { prometheus } = sources();
  for (const crafted of SOME) {
    const text = encodeURIComponent(crafted);
    for (const name of NAMES) {
      const opened = await open(name, `var-site=${text}&var-page_group=${text}&var-gap=${text}&var-destination=evil.example`);
      for (const { panel: asked, error, frames } of await panels(opened, isClickHouse)) {
        assert.equal(error, undefined, `${crafted} in ${name}, ${asked.title}: ${error}`);
        if (asked.type === "table" && /site:percentencode/.test(asked.targets[0].rawSql)) {
          assert.equal(frames[0]?.length ?? 0, 0, `${crafted} in ${name}, ${asked.title}`);
        }
      }
    }
  }
  // PromQL: the name of the metric before the braces is all that is asked for, and nothing closes them early.
  const asked = prometheus.asked.filter((query) => query.includes("vector\\\\("));
  assert.ok(asked.length > 0);
  for (const query of asked) assert.match(query, /\\\\}/, query);
});

test("a site with a dot works in every panel, alone and with others", async () => {
  sources();
  for (const sites of ["var-site=shop.example", "var-site=shop.example&var-site=shop"]) {
    for (const name of NAMES) {
      for (const { panel: asked, error } of await panels(await open(name, sites))) assert.equal(error, undefined, `${name}, ${asked.title}: ${error}`);
    }
    const seen = rows(await panel(await open("site", sites), "Last heard")).map(({ site }) => site);
    assert.ok(seen.includes("shop.example"), JSON.stringify(seen));
  }
});

test("a page group is that of its site", async () => {
  sources();
  const heard = rows(await panel(await open("site", "var-site=shop&var-page_group=other"), "Last heard"));
  assert.deepEqual(heard.map(({ site, page_group: group }) => [site, group]), [["shop", "other"]]);
});

test("no PromQL has a form of its own for a variable, and none turns nothing into 0", () => {
  for (const name of NAMES) {
    for (const { expr } of targets(name).filter((target) => target.expr)) {
      assert.doesNotMatch(expr, /\$\{\w+:\w+\}/, expr);
      assert.doesNotMatch(expr, /or vector\(0\)\)?$/, expr);
    }
  }
});

test("no SQL has a variable outside of an encoded text, but for Grafana's own numbers", () => {
  for (const name of NAMES) {
    for (const { rawSql } of targets(name).filter((target) => target.rawSql)) {
      const own = rawSql.replace(/decodeURLComponent\('\$\{\w+:percentencode\}'\)/g, "").replace(/\$\{__(from|to)\}|\$__interval_ms/g, "");
      assert.doesNotMatch(own, /\$/, own);
    }
  }
});

function targets(name) {
  const { panels: all, annotations } = dashboard(name);
  return [...all, ...all.flatMap((row) => row.panels ?? [])].flatMap((one) => one.targets ?? []).concat((annotations?.list ?? []).map(({ target }) => target));
}

// The rules of https://github.com/grafana/dashboard-linter that make sense here. Left out: names of the data sources'
// variables, and that every query has the labels `job` and `instance`, which those about a site do not.
test("what the linter of dashboards says", () => {
  for (const name of NAMES) {
    const { editable, panels: all } = dashboard(name);
    assert.equal(editable, false, name);
    for (const one of [...all, ...all.flatMap((row) => row.panels ?? [])].filter(({ targets: asked }) => asked?.length)) {
      assert.deepEqual(one.datasource, one.targets[0].datasource, `${name}, ${one.title}`);
      for (const { expr } of one.targets.filter((target) => target.expr)) {
        // A counter is looked at by how it grew; a rate over as long as the scrapes want.
        for (const [, before] of expr.matchAll(/(.{0,14})\b(?:cspwatch|alertmanager)_\w+(?:_total|_bucket)\b/g)) {
          assert.match(before, /(rate|max_over_time|min_over_time)\($/, `${name}, ${one.title}: ${expr}`);
        }
        for (const [, range] of expr.matchAll(/rate\([^[]+\[([^\]]+)\]/g)) assert.equal(range, "$__rate_interval", expr);
      }
    }
  }
});
