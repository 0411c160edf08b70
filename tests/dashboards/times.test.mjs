// Graphs: as fine as the time that is looked at, named and coloured alike everywhere, with what happened meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";

import { data, theme } from "../../dashboards/preview/grafana.mjs";
import { MOMENTS, NAMES, dashboard, open, panel, panels, sources } from "./support.mjs";
import { shown } from "../../dashboards/preview/scene.mjs";

const HOUR = 3_600_000;
const INCIDENT = "var-site=shop&var-destination=evil.example";

function hours(count) {
  return `from=${MOMENTS.attack - count * HOUR}&to=${MOMENTS.attack}`;
}

test("an hour has many bars, and a year not too many", async () => {
  sources();
  for (const [name, title, where] of [["overview", "Reports by verdict", ""], ["site", "By verdict", ""], ["incident", "Reports and visitors", INCIDENT]]) {
    for (const [count, least] of [[1, 30], [24, 60], [24 * 30, 60], [24 * 365, 60]]) {
      const { frames: [frame] } = await panel(await open(name, `${where}&${hours(count)}`), title);
      assert.ok(frame.length >= least && frame.length <= 400, `${title}, ${count} h: ${frame.length}`);
    }
  }
});

test("bars are as many as the reports, at every step", async () => {
  sources();
  const sums = [];
  for (const count of [24 * 4, 24 * 7, 24 * 100]) {
    const { frames: [frame] } = await panel(await open("site", `var-site=shop&${hours(count)}`), "By verdict");
    const numbers = frame.fields.filter(({ type }) => type === data.FieldType.number);
    sums.push(numbers.flatMap(({ values }) => values).reduce((sum, value) => sum + (value ?? 0), 0));
  }
  assert.ok(sums[0] > 800_000 && new Set(sums).size === 1, sums);
});

test("a series is called by its verdict and has its colour", async () => {
  sources();
  const known = {};
  for (const [name, title] of [["overview", "Reports by verdict"], ["site", "By verdict"], ["site", "Page groups"], ["site", "Engines"]]) {
    const { frames } = await panel(await open(name), title);
    for (const field of frames[0].fields.filter(({ type }) => type === data.FieldType.number)) {
      const verdict = data.getFieldDisplayName(field, frames[0], frames);
      const { color } = data.getFieldSeriesColor(field, theme);
      assert.match(verdict, /^[a-z]+$/);
      assert.equal(known[verdict] ??= color, color, `${title}: ${verdict}`);
    }
  }
  assert.deepEqual([known.unknown, known.known === theme.visualization.getColorByName("green")], [theme.visualization.getColorByName("red"), false]);
});

test("no series is called by the labels of its query", async () => {
  sources();
  for (const name of NAMES) {
    for (const { panel: asked, frames } of await panels(await open(name, INCIDENT), ({ type }) => /^(timeseries|state-timeline)$/.test(type))) {
      for (const frame of frames) {
        for (const field of frame.fields.slice(1)) assert.doesNotMatch(data.getFieldDisplayName(field, frame, frames), /[{}="]/, `${name}, ${asked.title}`);
      }
    }
  }
});

test("the timeline of an incident: a lane for each page group, and silence is a state", async () => {
  sources();
  const { frames: [frame] } = await panel(await open("incident", INCIDENT), "Timeline of each page group");
  const lanes = frame.fields.slice(1).map((field) => data.getFieldDisplayName(field, frame, [frame]));
  assert.deepEqual(lanes, ["shop / fell-silent", "shop / other", "shop / payment"]);
  const { frames: [today] } = await panel(await open("incident", `${INCIDENT}&${hours(6)}`), "Timeline of each page group");
  const words = new Set(today.fields.slice(1).flatMap((field) => field.values.map((value) => field.display(value).text)));
  assert.ok(words.has("sighted") && words.has("no sighting"), [...words].join());
});

test("what happened meanwhile is marked, with a text", async () => {
  sources();
  const wanted = { Alerts: 3, Decisions: 1, Policies: 1, Releases: 1, "Inferred releases": 1, Scripts: 4, Collectors: 1 };
  const marks = await (await open("overview", hours(24))).marks();
  assert.deepEqual(Object.fromEntries(marks.map(({ name, times }) => [name, times.length])), wanted);
  for (const { name, events, error } of marks) {
    assert.equal(error, undefined, name);
    for (const { text, title } of events) {
      assert.ok(text && title, name);
      // Grafana shows it as HTML, and an image in it would be fetched.
      assert.doesNotMatch(text + title, /[<>&]/, name);
    }
  }
  const [alerts] = await (await open("incident", `var-site=shop&var-destination=evil.example&${hours(24)}`)).marks();
  assert.deepEqual(alerts.events.map(({ text }) => text), ["shop / payment, evil[.]example", "shop / other, evil[.]example"]);
  const none = await (await open("incident", `var-site=shop&var-destination=nobody.example&${hours(24)}`)).marks();
  assert.deepEqual(none.slice(0, 2).map(({ times }) => times.length), [0, 0]);
});

test("graphs show all series at the mouse, and what they were last", () => {
  for (const name of NAMES) {
    for (const { title, type, options } of shown(dashboard(name)).filter((one) => one.type === "timeseries")) {
      assert.equal(options.tooltip.mode, "multi", `${name}, ${title}: ${type}`);
      assert.ok(options.legend.calcs.length > 0, `${name}, ${title}`);
    }
  }
});

test("a dashboard that is read as evidence does not move by itself", () => {
  assert.equal(dashboard("incident").refresh ?? "", "");
  for (const name of NAMES.filter((one) => one !== "incident")) assert.equal(dashboard(name).refresh, "1m");
});
