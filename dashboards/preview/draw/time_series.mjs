// Lines and bars over time, with a legend.

import { data, theme } from "../grafana.mjs";
import { Axes } from "./axes.mjs";
import { escaped, written } from "./text.mjs";

const LEGEND_LINE = 19;

export function timeSeries(panel, frames, { width, height, time, marks }) {
  const custom = panel.fieldConfig.defaults.custom ?? {};
  const [isBars, isStacked] = [custom.drawStyle === "bars", custom.stacking?.mode === "normal"];
  const series = frames.flatMap((frame) => curves(frame, frames));
  const legend = legendOf(panel, series, height);
  const plot = height - 24 - legend.height;
  const axes = new Axes({ width, plot, time, top: topOf(series, isStacked) });
  const shapes = isBars ? bars(series, axes, isStacked) : series.map((one) => line(one, axes)).join("");
  return `<svg width="${width}" height="${plot + 22}">${axes.lines(series[0].field.display)}${axes.clock()}${shapes}${axes.marks(marks)}</svg>${legend.html}`;
}

function curves(frame, frames) {
  const time = frame.fields.find(({ type }) => type === data.FieldType.time);
  return frame.fields.filter(({ type }) => type === data.FieldType.number).map((field) => ({
    field, name: data.getFieldDisplayName(field, frame, frames), color: data.getFieldSeriesColor(field, theme).color,
    points: time.values.map((at, row) => [at, field.values[row]]).filter(([, value]) => value !== null && Number.isFinite(value)),
  }));
}

function topOf(series, isStacked) {
  if (!isStacked) return Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const sums = new Map();
  for (const { points } of series) for (const [at, value] of points) sums.set(at, (sums.get(at) ?? 0) + value);
  return Math.max(0, ...sums.values());
}

function bars(series, axes, isStacked) {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const step = times.length > 1 ? Math.min(...times.slice(1).map((at, row) => at - times[row])) : axes.time.to - axes.time.from;
  const wide = Math.max(1, (axes.x(axes.time.from + step) - axes.left) * 0.8);
  const below = new Map();
  return series.map(({ points, color }) => points.filter(([, value]) => value > 0).map(([at, value]) => {
    const start = isStacked ? below.get(at) ?? 0 : 0;
    below.set(at, start + value);
    const [top, foot] = [axes.y(start + value), axes.y(start)];
    return `<rect x="${(axes.x(at) - wide / 2).toFixed(1)}" y="${top.toFixed(1)}" width="${wide.toFixed(1)}" height="${(foot - top).toFixed(1)}" fill="${color}" fill-opacity="0.85"/>`;
  }).join("")).join("");
}

function line({ points, color }, axes) {
  const path = points.map(([at, value]) => `${axes.x(at).toFixed(1)},${axes.y(value).toFixed(1)}`).join(" ");
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.4"/>`;
}

// Names, and what the panel wants calculated of each.
function legendOf(panel, series, height) {
  const { calcs = [], displayMode } = panel.options.legend;
  if (displayMode !== "table") {
    const names = series.map(({ name, color }) => `<span style="margin-right:14px"><span style="color:${color}">━</span> ${escaped(name)}</span>`);
    return { height: 24, html: `<div style="padding:0 10px;white-space:nowrap;overflow:hidden">${names.join("")}</div>` };
  }
  const kept = series.slice(0, Math.max(1, Math.floor((height * 0.4) / LEGEND_LINE) - 1));
  const heads = calcs.map((one) => `<span style="width:90px;text-align:right;color:#6e9fff">${escaped(data.fieldReducers.get(one).name)}</span>`);
  const lines = kept.map(({ name, color, field }) => {
    const values = data.reduceField({ field, reducers: calcs });
    const cells = calcs.map((one) => `<span style="width:90px;text-align:right">${escaped(written(field.display(values[one])))}</span>`);
    return `<div style="display:flex;height:${LEGEND_LINE}px"><span style="flex:1;white-space:nowrap;overflow:hidden"><span style="color:${color}">━</span> ${escaped(name)}</span>${cells.join("")}</div>`;
  });
  const html = `<div style="padding:0 12px;font-size:12px"><div style="display:flex;height:${LEGEND_LINE}px"><span style="flex:1"></span>${heads.join("")}</div>${lines.join("")}</div>`;
  return { height: LEGEND_LINE * (kept.length + 1) + 4, html };
}
