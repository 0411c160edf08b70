// Large numbers and words.

import { data, theme } from "../grafana.mjs";
import { escaped, written } from "./text.mjs";

const DARK = "#111217";

export function stat(panel, frames, { width, height, interpolate }) {
  const values = data.getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables: interpolate ?? ((text) => text), theme, data: frames, timeZone: "utc",
  });
  const [share, isSolid] = [width / values.length, /^background/.test(panel.options.colorMode)];
  const longest = Math.max(...values.map(({ display }) => written(display).length));
  const size = Math.min(height * (values.length > 1 ? 0.3 : 0.52), (share - 20) / Math.max(longest * (isSolid ? 0.78 : 0.6), 1), 64);
  const tiles = values.map(({ display, colIndex }) => {
    const name = values.length > 1 ? `<div style="font-size:13px;color:#9e9eae">${escaped(display.title)}</div>` : "";
    const look = isSolid ? `background:${display.color};color:${DARK};font-weight:600` : `color:${display.color}`;
    return `<div style="flex:1;display:flex;flex-direction:column;justify-content:center;text-align:center;${look}" data-column="${colIndex}">
      ${name}<div style="font-size:${size.toFixed(0)}px;white-space:nowrap">${escaped(written(display))}</div></div>`;
  });
  const top = isSolid ? "margin-top:-30px;padding-top:0" : "";
  return `<div style="display:flex;height:${height + (isSolid ? 30 : 0)}px;${top}">${tiles.join("")}</div>`;
}
