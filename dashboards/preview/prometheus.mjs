// A Prometheus, asked as Grafana's data source asks it. Its sources are not on npm under a licence that suits, so what it does
// to queries and answers is imitated here: how it escapes variables, what it calls series, how a table comes about.

import { data, scenes } from "./grafana.mjs";
import { fetched } from "./http.mjs";

const { FieldType, toDataFrame } = data;
// As in dashboards/provisioning/datasources.
const SCRAPE_SECONDS = 5;

export class Prometheus {
  type = "prometheus";
  meta = { id: "prometheus" };
  interval = `${SCRAPE_SECONDS}s`;
  // What was asked, for tests.
  asked = [];

  constructor(address, uid = "cspwatch-prometheus", name = "cspwatch Prometheus") {
    Object.assign(this, { address: address.replace(/\/$/, ""), uid, name });
  }

  getRef() {
    return { type: this.type, uid: this.uid };
  }

  async query(request) {
    const frames = await Promise.all(request.targets.map((target) => this.#answer(target, request)));
    return { data: asTables(frames.flat(), request.targets) };
  }

  // The values of a variable.
  async metricFindQuery(text, { range, scopedVars }) {
    const query = replaced(text.query ?? text, scopedVars);
    const [, metric, label] = /^label_values\((?:(.+),\s*)?([\w]+)\s*\)$/.exec(query) ?? [];
    if (!label) throw new Error(`not a query of a variable: ${query}`);
    this.asked.push(query);
    const times = { start: range.from.valueOf() / 1000, end: range.to.valueOf() / 1000 };
    const values = await this.#api(`label/${label}/values`, metric ? { "match[]": metric, ...times } : times);
    return values.map((value) => ({ text: value }));
  }

  async #answer(target, request) {
    const step = Math.max(SCRAPE_SECONDS, Math.ceil(request.intervalMs / 1000));
    const expression = withTimes(replaced(target.expr, request.scopedVars), step, request.range);
    this.asked.push(expression);
    const [from, to] = [request.range.from.valueOf() / 1000, request.range.to.valueOf() / 1000];
    // The range is aligned to the step, so that points stay where they are from one refresh to the next.
    const align = (at) => Math.floor(at / step) * step;
    const { result, resultType } = target.instant
      ? await this.#api("query", { query: expression, time: to })
      : await this.#api("query_range", { query: expression, start: align(from), end: align(to), step });
    const series = resultType === "scalar" ? [{ metric: {}, value: result }] : result;
    if (series.length === 0) return [toDataFrame({ refId: target.refId, fields: [] })];
    return series.map((one) => frame(target, one));
  }

  async #api(path, parameters) {
    const answer = await fetched(`${this.address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    return JSON.parse(answer).data;
  }
}

function frame(target, { metric, values, value }) {
  const points = values ?? [value];
  const { __name__: name, ...labels } = metric;
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: "Time", type: FieldType.time, values: points.map(([at]) => at * 1000) },
      {
        name: "Value", type: FieldType.number, labels, values: points.map(([, text]) => number(text)),
        config: { displayNameFromDS: legend(target, metric, labels, name) },
      },
    ],
  });
}

function legend({ legendFormat }, metric, labels, name = "") {
  if (legendFormat && legendFormat !== "__auto") return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => metric[label] ?? "");
  const listed = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return listed.length ? `${name}{${listed.join(", ")}}` : name || undefined;
}

function number(text) {
  return { NaN, "+Inf": Infinity, "-Inf": -Infinity }[text] ?? Number(text);
}

// Instant queries in the format `table` are one frame each: the time, the labels by the alphabet, the value.
function asTables(frames, targets) {
  const isTable = (one) => targets.find(({ refId }) => refId === one.refId)?.format === "table";
  const tables = Map.groupBy?.(frames.filter(isTable), ({ refId }) => refId) ?? grouped(frames.filter(isTable));
  const others = frames.filter((one) => !isTable(one) && one.fields.length > 0);
  return [...others, ...[...tables].map(([refId, series]) => table(refId, series, tables.size))];
}

function grouped(frames) {
  const groups = new Map();
  for (const one of frames) groups.set(one.refId, [...(groups.get(one.refId) ?? []), one]);
  return groups;
}

function table(refId, series, tables) {
  const rows = series.filter(({ fields }) => fields.length > 0);
  if (rows.length === 0) return toDataFrame({ refId, fields: [] });
  const names = [...new Set(rows.flatMap(({ fields }) => Object.keys(fields[1].labels).sort()))];
  const strings = names.map((name) => ({ name, type: FieldType.string, values: rows.map(({ fields }) => fields[1].labels[name] ?? "") }));
  return toDataFrame({
    refId,
    fields: [
      { name: "Time", type: FieldType.time, values: rows.map(({ fields }) => fields[0].values[0]) },
      ...strings,
      { name: tables > 1 ? `Value #${refId}` : "Value", type: FieldType.number, values: rows.map(({ fields }) => fields[1].values[0]) },
    ],
  });
}

function replaced(text, scopedVars) {
  const asBackend = { ...scopedVars, __interval: { value: "$__interval" }, __interval_ms: { value: "$__interval_ms" } };
  return scenes.sceneGraph.interpolate(scopedVars.__sceneObject.value.valueOf(), text, asBackend, escaped);
}

// A variable that may hold several values, or all, is for a regular expression within quotes; any other for quotes.
function escaped(value, variable) {
  if (!variable.multi && !variable.includeAll) {
    return typeof value === "string" ? value.replace(/\\/g, "\\\\").replace(/'/g, "\\\\'") : value;
  }
  const values = [value].flat().map((one) => String(one).replace(/\\/g, "\\\\\\\\").replace(/[$^*{}[\]+?.()|]/g, "\\\\$&"));
  return typeof value === "string" || values.length === 1 ? values[0] : `(${values.join("|")})`;
}

function withTimes(text, step, range) {
  const seconds = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  const values = {
    __rate_interval: `${Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s`, __interval: `${step}s`, __interval_ms: `${1000 * step}`, __range: `${seconds}s`,
    __range_s: `${seconds}`, __range_ms: `${1000 * seconds}`,
  };
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => values[braced ?? bare] ?? whole);
}
