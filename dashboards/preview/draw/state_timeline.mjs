// Lanes of states.

import { data } from "../grafana.mjs";
import { Axes } from "./axes.mjs";
import { escaped } from "./text.mjs";

const NAMES = 190;

export function stateTimeline(panel, frames, { width, height, time, marks }) {
  const [frame] = frames;
  const at = frame.fields.find(({ type }) => type === data.FieldType.time).values;
  const lanes = frame.fields.filter(({ type }) => type === data.FieldType.number);
  const plot = height - 46;
  const axes = new Axes({ width, plot, time, left: NAMES });
  const lane = plot / lanes.length;
  const shapes = lanes.map((field, index) => {
    const y = index * lane;
    const name = `<text x="${NAMES - 10}" y="${(y + lane / 2 + 4).toFixed(0)}" text-anchor="end">${escaped(data.getFieldDisplayName(field, frame, frames))}</text>`;
    return name + field.values.map((value, row) => {
      if (value === null) return "";
      const [from, to] = [Math.max(at[row], time.from), Math.min(at[row + 1] ?? time.to, time.to)];
      const wide = axes.x(to) - axes.x(from) + 0.4;
      return `<rect x="${axes.x(from).toFixed(1)}" y="${(y + 3).toFixed(1)}" width="${wide.toFixed(1)}" height="${(lane - 6).toFixed(1)}" fill="${field.display(value).color}"/>`;
    }).join("");
  });
  const texts = Object.values(panel.fieldConfig.defaults.mappings[0].options).map(({ text, color }) =>
    `<span style="margin-right:14px"><span style="color:${named(color)}">■</span> ${escaped(text)}</span>`);
  return `<svg width="${width}" height="${plot + 20}">${shapes.join("")}${axes.clock()}${axes.marks(marks)}</svg><div style="padding:0 12px">${texts.join("")}</div>`;
}

function named(color) {
  return data.createTheme().visualization.getColorByName(color);
}
