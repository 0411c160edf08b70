// A dashboard, opened: its variables and its time are scenes' own objects, and so are its queries and transformations.

import { configured } from "./fields.mjs";
import { data, scenes, theme } from "./grafana.mjs";
import { variables } from "./variables.mjs";

const { EmbeddedScene, SceneDataLayerSet, SceneDataTransformer, SceneFlexItem, SceneFlexLayout, SceneQueryRunner, SceneTimeRange, dataLayers } = scenes;
const { sceneGraph, sceneUtils } = scenes;

// How many points a panel asks for: as wide as it is on a screen of 1920.
const POINTS_PER_COLUMN = 75;

export class Opened {
  // `address`: what stands in the browser's address line after the "?".
  static async open(dashboard, address = "") {
    const opened = new Opened(dashboard);
    sceneUtils.syncStateFromSearchParams(opened.scene, new URLSearchParams(address));
    opened.scene.activate();
    await opened.settled();
    return opened;
  }

  constructor(dashboard) {
    this.dashboard = dashboard;
    this.items = new Map();
    for (const panel of shown(dashboard)) this.items.set(panel.id, new SceneFlexItem({ $data: panel.targets?.length ? asks(panel) : undefined }));
    this.layers = (dashboard.annotations?.list ?? []).map((query) => new dataLayers.AnnotationsDataLayer({ query, name: query.name }));
    const marks = new SceneFlexItem({ $data: new SceneDataLayerSet({ layers: this.layers }) });
    this.scene = new EmbeddedScene({
      $timeRange: new SceneTimeRange({ ...dashboard.time, timeZone: "utc" }),
      $variables: variables(dashboard),
      body: new SceneFlexLayout({ children: [...this.items.values(), marks] }),
    });
  }

  get time() {
    const { from, to } = sceneGraph.getTimeRange(this.scene).state.value;
    return { from: from.valueOf(), to: to.valueOf() };
  }

  variable(name) {
    return sceneGraph.lookupVariable(name, this.scene);
  }

  // What all variables hold now.
  values() {
    const { variables: all } = this.scene.state.$variables.state;
    return Object.fromEntries(all.map((one) => [one.state.name, one.state.value]));
  }

  interpolate(text, scopedVars, format) {
    return sceneGraph.interpolate(this.scene, text, scopedVars, format);
  }

  // As the automatic refresh, or a click on the button.
  async refresh() {
    sceneGraph.getTimeRange(this.scene).onRefresh();
    await this.settled();
  }

  // Somebody chooses another value.
  async choose(name, value) {
    const variable = this.variable(name);
    if (variable.changeValueTo) variable.changeValueTo(value);
    else variable.setValue(value);
    await this.settled();
  }

  // The annotations: of each its name and colour, and its events, or the error.
  async marks() {
    const all = this.layers.map(async (layer) => {
      const deactivate = layer.activate();
      const answered = await until(layer, isAnswered);
      deactivate();
      const { name, iconColor } = layer.state.query;
      const events = answered.data.series.flatMap((frame) => (frame.length > 0 ? new data.DataFrameView(frame).toArray() : []));
      return { name, color: theme.visualization.getColorByName(iconColor), events, times: events.map(({ time }) => time), error: failure(answered) };
    });
    return Promise.all(all);
  }

  // A panel's frames after its queries, transformations and field configuration; or the error that it shows.
  async panel(panel) {
    const item = this.items.get(panel.id);
    if (!item.state.$data) return { frames: [] };
    const deactivate = item.state.$data.activate();
    const runner = item.state.$data instanceof SceneDataTransformer ? item.state.$data.state.$data : item.state.$data;
    runner.runQueries();
    const answered = await until(item.state.$data, isAnswered);
    deactivate();
    const error = failure(answered);
    if (error) return { error, frames: [] };
    const frames = answered.data.series.map((frame) => data.toDataFrame(frame));
    return { frames: configured(panel, frames, (text, scopedVars, format) => sceneGraph.interpolate(item, text, scopedVars, format)) };
  }

  async settled() {
    const set = this.scene.state.$variables;
    while (set.state.variables.some((one) => set.isVariableLoadingOrWaitingToUpdate(one))) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// All panels, also those in folded rows.
export function shown(dashboard) {
  return dashboard.panels.flatMap((panel) => (panel.type === "row" ? panel.panels ?? [] : [panel]));
}

function asks(panel) {
  const runner = new SceneQueryRunner({
    queries: panel.targets, datasource: panel.datasource ?? undefined, runQueriesMode: "manual", minInterval: panel.interval,
    maxDataPoints: panel.maxDataPoints ?? panel.gridPos.w * POINTS_PER_COLUMN,
  });
  return panel.transformations?.length ? new SceneDataTransformer({ $data: runner, transformations: panel.transformations }) : runner;
}

function isAnswered({ data: answer }) {
  return [data.LoadingState.Done, data.LoadingState.Error].includes(answer?.state);
}

function failure({ data: answer }) {
  return (answer.errors?.[0] ?? answer.error)?.message;
}

// The first state of an object that is as wanted.
function until(object, isWanted) {
  return new Promise((resolve) => {
    if (isWanted(object.state)) return resolve(object.state);
    const subscription = object.subscribeToState((state) => {
      if (!isWanted(state)) return;
      subscription.unsubscribe();
      resolve(state);
    });
  });
}
