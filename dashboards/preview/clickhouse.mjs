// A ClickHouse, asked as the plugin grafana-clickhouse-datasource asks it. The plugin is on no registry, so the way from
// ClickHouse's types to Grafana's fields is imitated here.

import { data, scenes } from "./grafana.mjs";
import { fetched } from "./http.mjs";

const { FieldType, toDataFrame } = data;
// `queryTimeout` of dashboards/provisioning/datasources, and the five seconds that the driver adds.
const SECONDS_MAX = 30;

export class ClickHouse {
  type = "grafana-clickhouse-datasource";
  meta = { id: "grafana-clickhouse-datasource" };
  // What was asked, for tests.
  asked = [];

  constructor(address, { database = "cspwatch", user = "default", password = "", uid = "cspwatch-clickhouse", name = "cspwatch ClickHouse" } = {}) {
    Object.assign(this, { address: address.replace(/\/$/, ""), database, user, password, uid, name });
  }

  getRef() {
    return { type: this.type, uid: this.uid };
  }

  async query(request) {
    const asked = request.targets.map(async (target) => {
      const answer = await this.#rows(replaced(target.rawSql, request.scopedVars));
      return target.format === 0 ? overTime(target, answer) : [table(target, answer)];
    });
    return { data: (await Promise.all(asked)).flat() };
  }

  // The values of a variable: the first column.
  async metricFindQuery(text, { scopedVars }) {
    const { data: rows } = await this.#rows(replaced(text, scopedVars));
    return rows.map(([value]) => ({ text: value }));
  }

  async #rows(sql) {
    const left = /\$(\{\w+|__\w+)/.exec(sql);
    if (left) throw new Error(`nothing replaces ${left[0]} in ${sql}`);
    this.asked.push(sql);
    const parameters = { database: this.database, default_format: "JSONCompact", max_execution_time: SECONDS_MAX };
    const headers = { "X-ClickHouse-User": this.user, "X-ClickHouse-Key": this.password };
    return JSON.parse(await fetched(`${this.address}/?${new URLSearchParams(parameters)}`, { method: "POST", body: sql, headers }));
  }
}

function table({ refId }, { meta, data: rows }) {
  const fields = meta.map(({ name, type }, column) => ({ name, ...typed(name, type, rows.map((row) => row[column])) }));
  return toDataFrame({ refId, fields });
}

// Rows with a text column become a series for each of its values. Grafana's backend wants them by time.
function overTime({ refId }, answer) {
  const { fields } = table({ refId }, answer);
  if (fields[0]?.values.length === 0 || fields.length === 0) return [];
  const time = fields.find(({ type }) => type === FieldType.time);
  const numbers = fields.filter(({ type }) => type === FieldType.number);
  const texts = fields.filter(({ type }) => type === FieldType.string);
  if (!time) throw new Error("no column of times");
  const times = [...new Set(time.values)];
  if (time.values.some((at, row) => row > 0 && at < time.values[row - 1])) {
    throw new Error("unable to process the data because it is not sorted in ascending order by time");
  }
  const series = new Map();
  time.values.forEach((at, row) => {
    const labels = Object.fromEntries(texts.map(({ name, values }) => [name, values[row]]));
    for (const { name, values } of numbers) {
      const key = JSON.stringify([name, labels]);
      if (!series.has(key)) series.set(key, { name, type: FieldType.number, labels: texts.length ? labels : undefined, values: times.map(() => null) });
      series.get(key).values[times.indexOf(at)] = values[row];
    }
  });
  return [toDataFrame({ refId, fields: [{ name: time.name, type: FieldType.time, values: times }, ...series.values()] })];
}

function typed(name, type, values) {
  const plain = type.replace(/^LowCardinality\((.+)\)$/, "$1").replace(/^Nullable\((.+)\)$/, "$1").replace(/^SimpleAggregateFunction\(\w+, (.+)\)$/, "$1");
  if (/^DateTime/.test(plain)) return { type: FieldType.time, values: values.map((value) => (value === null ? null : Date.parse(`${value.replace(" ", "T")}Z`))) };
  if (/^(U?Int|Float|Decimal)/.test(plain)) return { type: FieldType.number, values: values.map((value) => (value === null ? null : Number(value))) };
  if (plain === "Bool") return { type: FieldType.boolean, values };
  if (/^(String|FixedString|Enum|UUID|Nothing)/.test(plain)) return { type: FieldType.string, values };
  // A Date is read in the server's time zone; lists are shown as JSON. Neither is what a person should see.
  throw new Error(`the column ${name} has the type ${type}, which Grafana does not show as it is`);
}

function replaced(text, scopedVars) {
  return scenes.sceneGraph.interpolate(scopedVars.__sceneObject.value.valueOf(), text, scopedVars);
}
