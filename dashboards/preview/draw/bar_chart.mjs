// Horizontal bars, one upon the other.

import { data, theme } from "../grafana.mjs";
import { escaped } from "./text.mjs";

const NAMES = 150;

export function barChart(panel, frames, { width, height }) {
  const [frame] = frames;
  const [names, ...columns] = frame.fields;
  const numbers = columns.filter(({ type }) => type === data.FieldType.number);
  const sums = names.values.map((_, row) => numbers.reduce((sum, { values }) => sum + (Number(values[row]) || 0), 0));
  const [top, step] = [Math.max(1, ...sums), Math.min(34, (height - 30) / names.values.length)];
  const shapes = names.values.map((name, row) => {
    let x = NAMES;
    const bars = numbers.map((field) => {
      const long = ((width - NAMES - 20) * (Number(field.values[row]) || 0)) / top;
      x += long;
      const { color } = data.getFieldSeriesColor(field, theme);
      return `<rect x="${(x - long).toFixed(1)}" y="${(row * step + 3).toFixed(1)}" width="${long.toFixed(1)}" height="${(step - 6).toFixed(1)}" fill="${color}"/>`;
    });
    const text = `<text x="${NAMES - 8}" y="${(row * step + step / 2 + 4).toFixed(0)}" text-anchor="end">${escaped(String(name || "(none)").slice(0, 24))}</text>`;
    return text + bars.join("");
  });
  const legend = numbers.map((field) => {
    const { color } = data.getFieldSeriesColor(field, theme);
    return `<span style="margin-right:14px"><span style="color:${color}">━</span> ${escaped(data.getFieldDisplayName(field, frame, frames))}</span>`;
  });
  return `<svg width="${width}" height="${height - 26}">${shapes.join("")}</svg><div style="padding:0 12px">${legend.join("")}</div>`;
}
