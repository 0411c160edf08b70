// Grafana's own libraries under node: @grafana/data and @grafana/scenes, in the versions of package.json, from where
// dashboards/show installs them. What only draws or belongs to a browser is replaced by things that do nothing.

import { createRequire } from "node:module";
import Module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../target/dashboards-preview/");
const require = createRequire(folder);

// The data sources that the scenes find, by uid; `sources.mjs` fills it.
export const dataSources = new Map();

// What draws: components, styles, routes. Scenes import it and use it only where they are shown.
const DRAWS = [
  "@grafana/ui", "@grafana/e2e-selectors", "@emotion/css", "@emotion/react", "@floating-ui/react", "@tanstack/react-virtual", "react-grid-layout",
  "react-router-dom", "react-select", "react-use", "react-virtualized-auto-sizer",
];

// The part of Grafana's server and browser that scenes ask for.
const runtime = {
  config: { featureToggles: {}, buildInfo: { version: "13.2.3" }, theme2: undefined, bootData: { user: { timezone: "utc" } } },
  getRunRequest: () => runRequest,
  getTemplateSrv: () => undefined,
  getDataSourceSrv: () => ({
    get: async (ref, scopedVars) => {
      const uid = scenes.sceneGraph.interpolate(scopedVars.__sceneObject.value.valueOf(), ref.uid, scopedVars);
      const found = dataSources.get(uid);
      if (!found) throw new Error(`Datasource ${uid} was not found`);
      return found;
    },
    getList: ({ pluginId }) => [...dataSources.values()].filter((one) => one.type === pluginId),
    getInstanceSettings: (ref) => dataSources.get(ref?.uid ?? ref),
  }),
  toDataQueryError: (error) => ({ message: error?.message ?? String(error) }),
  isExpressionReference: () => false,
  getDataSourceInstance: undefined,
  getDataSourceInstanceList: undefined,
  getDataSourceInstanceSettings: undefined,
};

const load = Module._load;
Module._load = function loadOrReplace(name, ...rest) {
  if (name === "@grafana/runtime") return withNothingElse(runtime);
  if (name === "@grafana/runtime/unstable") return {};
  if (DRAWS.some((one) => name === one || name.startsWith(`${one}/`))) return nothing();
  return load.call(this, name, ...rest);
};
globalThis.IntersectionObserver ??= class { observe() {} };

export const data = require("@grafana/data");
export const scenes = require("@grafana/scenes");
export const { firstValueFrom, from, of } = require("rxjs");
const { catchError, map } = require("rxjs/operators");

export const theme = data.createTheme();
runtime.config.theme2 = theme;
globalThis.localStorage ??= { getItem: () => null, setItem() {} };
globalThis.navigator ??= { language: "en-US", languages: ["en-US"] };
// One of them has two names.
const transformers = new Map(Object.values(data.standardTransformers).map((one) => [one.id, { id: one.id, name: one.name, transformation: async () => one }]));
data.standardTransformersRegistry.setInit(() => [...transformers.values()]);
// Links are made whole by it. Only now: with a window, the libraries would wait for what a browser has.
globalThis.window = { innerWidth: 1920, location: { origin: "http://grafana.example", pathname: "/", search: "", href: "http://grafana.example/" } };
data.locationUtil.initialize({ config: { appSubUrl: "" }, getVariablesUrlParams: () => ({}), getTimeRangeForUrl: () => ({}) });

// What scenes print of failed queries is in the answers, too.
const print = console.error;
console.error = (...words) => /^(PanelQueryRunner|SceneVariableSet|AnnotationsDataLayer) /.test(words[0]) || print(...words);

// Grafana's query runner, as far as a single answer needs it.
function runRequest(source, request, query) {
  const answer = query ? query(request) : source.query(request);
  return from(answer).pipe(
    map((answered) => ({ state: data.LoadingState.Done, series: answered.data, timeRange: request.range, request })),
    catchError((error) =>
      of({ state: data.LoadingState.Error, series: [], errors: [{ message: error.message }], error: { message: error.message }, timeRange: request.range, request }),
    ),
  );
}

function withNothingElse(known) {
  return new Proxy(known, { get: (target, name) => (name === "__esModule" ? true : name in target ? target[name] : nothing()) });
}

// Whatever is asked of it, and however it is called, it is there and does nothing.
function nothing() {
  return new Proxy(function () {}, {
    get: (target, name) => {
      if (name === "__esModule") return true;
      if (name === "then") return undefined;
      if (name === "prototype") return target.prototype;
      return name === Symbol.toPrimitive ? () => "" : nothing();
    },
    apply: () => nothing(),
    construct: () => ({}),
  });
}
