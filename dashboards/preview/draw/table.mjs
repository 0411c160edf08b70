// Rows. As many as there is room for; Grafana scrolls.

import { data } from "../grafana.mjs";
import { escaped, written } from "./text.mjs";

const ROW = 30;

export function table(panel, frames, { width, height }) {
  const [frame] = frames;
  const fields = frame.fields.filter(({ config }) => !config.custom?.hidden);
  const fixed = fields.reduce((sum, { config }) => sum + (config.custom?.width ?? 0), 0);
  const free = Math.max(120, (width - fixed) / fields.filter(({ config }) => !config.custom?.width).length || 0);
  const columns = fields.map(({ config }) => `<col style="width:${config.custom?.width ?? free}px">`).join("");
  const heads = fields.map((field) => `<th class="${side(field)}">${escaped(data.getFieldDisplayName(field, frame, frames))}</th>`).join("");
  const rows = sorted(panel, frame, frames).slice(0, Math.max(1, Math.floor(height / ROW) - 1));
  const lines = rows.map((row) => `<tr>${fields.map((field) => cell(field, row)).join("")}</tr>`).join("");
  return `<table><colgroup>${columns}</colgroup><tr>${heads}</tr>${lines}</table>`;
}

function cell(field, row) {
  const shown = field.display(field.values[row]);
  const text = escaped(written(shown));
  const [link] = field.getLinks?.({ valueRowIndex: row }) ?? [];
  const isColored = field.config.custom?.cellOptions?.type === "color-background" && shown.color !== "#00000000" && field.values[row];
  const wraps = field.config.custom?.cellOptions?.wrapText ? ' style="white-space:normal;line-height:1.3;padding:5px 8px"' : "";
  const style = isColored ? ` style="background:${shown.color};color:#111217;font-weight:600"` : wraps;
  return `<td class="${side(field)}"${style}>${link ? `<a href="${escaped(link.href)}">${text}</a>` : text}</td>`;
}

function side({ type, config }) {
  return type === data.FieldType.number && config.custom?.align !== "left" ? "right" : "";
}

export function sorted(panel, frame, frames) {
  const rows = [...Array(frame.length).keys()];
  const by = (panel.options?.sortBy ?? []).map(({ displayName, desc }) => {
    const field = frame.fields.find((one) => data.getFieldDisplayName(one, frame, frames) === displayName);
    if (!field) throw new Error(`sorted by ${displayName}, which is no column of ${panel.title}`);
    return { field, sign: desc ? -1 : 1 };
  });
  return rows.sort((a, b) => by.map(({ field, sign }) => sign * compare(field.values[a], field.values[b])).find((order) => order !== 0) ?? a - b);
}

function compare(a, b) {
  return a === b ? 0 : a < b ? -1 : 1;
}
