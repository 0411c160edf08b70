// What a person chose stays chosen, whatever the servers do.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Prometheus } from "../../dashboards/preview/prometheus.mjs";
import { ClickHouse } from "../../dashboards/preview/clickhouse.mjs";
import { dataSources } from "../../dashboards/preview/grafana.mjs";
import { NAMES, dashboard, open, panels, sources } from "./support.mjs";

test("a destination that no list has stays, also after a refresh and another site", async () => {
  sources();
  for (const chosen of ["old-skimmer.example", "nobody-ever-saw.example"]) {
    const opened = await open("incident", `var-site=shop&var-destination=${chosen}`);
    assert.equal(opened.values().destination, chosen);
    await opened.refresh();
    await opened.refresh();
    assert.equal(opened.values().destination, chosen);
    await opened.choose("site", ["shop.example"]);
    await opened.refresh();
    assert.equal(opened.values().destination, chosen);
  }
});

test("sites and page groups out of a link stay, also those that are gone", async () => {
  sources();
  for (const name of ["overview", "site", "scripts", "incident", "pipeline"]) {
    const opened = await open(name, "var-site=gone&var-page_group=gone");
    await opened.refresh();
    await opened.refresh();
    const { site, page_group: group = ["gone"] } = opened.values();
    assert.deepEqual([site, group].flat(), ["gone", "gone"], name);
  }
});

test("all sites are all sites, also where nobody can list them", async () => {
  for (const state of [{ away: ["prometheus"] }, { empty: true }]) {
    const { prometheus, clickhouse } = sources(state);
    for (const name of NAMES) await panels(await open(name));
    const asked = [...prometheus.asked, ...clickhouse.asked];
    assert.ok(asked.length > 20);
    for (const query of asked) assert.doesNotMatch(query, /site=~"\(\)"|IN \(\)|IN \(''\)|=~""/, query);
  }
});

test("no variable asks ClickHouse, so none hangs on it", () => {
  for (const name of NAMES) {
    for (const { type, datasource } of dashboard(name).templating.list) assert.ok(type !== "query" || datasource.type === "prometheus", name);
  }
});

test("the provisioned data sources are taken where there are others, and a chosen one is kept", async () => {
  const { prometheus, clickhouse } = sources();
  const others = [new Prometheus(prometheus.address, "other-p", "A Prometheus"), new ClickHouse(clickhouse.address, { uid: "other-c", name: "A ClickHouse" })];
  dataSources.clear();
  for (const one of [...others, prometheus, clickhouse]) dataSources.set(one.uid, one);
  for (const name of NAMES) {
    const opened = await open(name);
    assert.deepEqual([opened.values().prometheus, opened.values().clickhouse], ["cspwatch-prometheus", "cspwatch-clickhouse"], name);
    const chosen = await open(name, "var-prometheus=other-p&var-clickhouse=other-c");
    await chosen.refresh();
    assert.deepEqual([chosen.values().prometheus, chosen.values().clickhouse], ["other-p", "other-c"], name);
  }
});

test("no link can change where the runbook and the console are", async () => {
  sources();
  for (const name of NAMES) {
    const { runbook, console: place } = (await open(name)).values();
    assert.ok(runbook && place, name);
    const opened = await open(name, "var-runbook=https://evil.example/&var-console=javascript:alert(1)");
    assert.deepEqual([opened.values().runbook, opened.values().console], [runbook, place], name);
  }
});
