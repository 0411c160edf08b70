// Whether there is an attack is one word, and nothing is green where nobody watches.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MOMENTS, NAMES, open, panel, panels, read, sources } from "./support.mjs";

// Numbers of Prometheus that are about trouble: green says that there is none.
const TROUBLE = ["Pages", "Tickets", "Silent page groups"];

async function stateAt(moment, address = "") {
  return read(await panel(await open("overview", address, moment), "State"));
}

test("the state is the worst of what holds, and being blind is worse than all", async () => {
  sources();
  const expected = {
    nothing: ["BLIND", "purple"], dead: ["BLIND", "purple"], refusing: ["BLIND", "purple"], never: ["BLIND", "purple"], quiet: ["QUIET", "green"],
    silent: ["TO BE LOOKED AT", "orange"], ticket: ["TO BE LOOKED AT", "orange"], replaced: ["ATTACK SUSPECTED", "red"],
    attack: ["ATTACK SUSPECTED", "red"],
  };
  assert.deepEqual(Object.keys(expected).sort(), Object.keys(MOMENTS).sort());
  for (const [moment, [text, color]] of Object.entries(expected)) assert.deepEqual(await stateAt(moment), { text, color }, moment);
});

test("the state of a site is that site's", async () => {
  sources();
  assert.equal((await stateAt("attack", "var-site=shop")).text, "ATTACK SUSPECTED");
  assert.notEqual((await stateAt("attack", "var-site=shop.example")).text, "ATTACK SUSPECTED");
  // Nothing is known of it, so nobody can say that it is quiet.
  for (const unknown of ["nosuch", "shop%22,%20job%3D~%22nosuch", "%28"]) assert.equal((await stateAt("quiet", `var-site=${unknown}`)).text, "BLIND");
});

test("an attack is shown while ClickHouse is away", async () => {
  sources({ away: ["clickhouse"] });
  assert.equal((await stateAt("attack")).text, "ATTACK SUSPECTED");
  const opened = await open("overview");
  assert.deepEqual(read(await panel(opened, "Pages")), { text: "1", color: "red" });
});

test("no number is green where nobody watches", async () => {
  for (const [state, moment] of [[{}, "dead"], [{}, "nothing"], [{ away: ["prometheus"] }, "attack"], [{ away: ["clickhouse"] }, "attack"]]) {
    sources(state);
    for (const name of NAMES) {
      const asked = await panels(await open(name, "", moment), ({ type }) => type === "stat");
      for (const one of asked) {
        const source = one.panel.targets[0].datasource.type === "prometheus" ? "prometheus" : "clickhouse";
        if (state.away?.includes(source)) assert.ok(one.error, `${name}, ${one.panel.title}`);
        else if (source === "prometheus" && moment !== "attack" && one.panel.title !== "Collectors that do not answer") {
          assert.notEqual(read(one).color, "green", `${name} at ${moment}, ${one.panel.title}: ${read(one).text}`);
        }
      }
    }
  }
});

test("no collector at all is red, and where nobody even asks one, nobody knows", async () => {
  sources();
  for (const [moment, text, color] of [["dead", "0", "red"], ["nothing", "?", "purple"], ["quiet", "1", "#ccccdc"]]) {
    for (const name of ["overview", "pipeline"]) assert.deepEqual(read(await panel(await open(name, "", moment), "Collectors")), { text, color }, moment);
  }
});

test("where somebody watches and nothing is wrong, the numbers of trouble are 0 and green", async () => {
  sources();
  const opened = await open("overview", "", "quiet");
  for (const title of TROUBLE) assert.deepEqual(read(await panel(opened, title)), { text: "0", color: "green" }, title);
});

test("pages and tickets are as many as what is reported and what fires, one each", async () => {
  sources();
  for (const [moment, pages, tickets] of [["quiet", "0", "0"], ["ticket", "0", "2"], ["replaced", "1", "0"], ["attack", "1", "0"]]) {
    const opened = await open("overview", "", moment);
    const found = [read(await panel(opened, "Pages")).text, read(await panel(opened, "Tickets")).text];
    assert.deepEqual(found, [pages, tickets], moment);
  }
});

test("numbers that people act on are whole", async () => {
  sources();
  for (const name of NAMES) {
    for (const one of await panels(await open(name), ({ type }) => type === "stat")) {
      const { text } = read(one);
      const unit = one.panel.fieldConfig.defaults.unit;
      if (unit === "locale") assert.match(text, /^(\d{1,3}(,\d{3})*|\?)$/, `${name}, ${one.panel.title}: ${text}`);
    }
  }
});
