// Draws a dashboard as one page of HTML without scripts. The values, texts, colours and links are Grafana's; where things
// stand and how large they are is only like it.

import { barChart } from "./bar_chart.mjs";
import { stateTimeline } from "./state_timeline.mjs";
import { stat } from "./stat.mjs";
import { table } from "./table.mjs";
import { escaped } from "./text.mjs";
import { timeSeries } from "./time_series.mjs";
import { words } from "./words.mjs";

// A column and a row of the grid, on a screen of 1920.
const CELL = { width: 78, height: 38 };
const GAP = 8;
const HEAD = 92;

const STYLE = `
* { box-sizing: border-box; } body { background: #111217; color: #ccccdc; font: 13px Inter, "DejaVu Sans", sans-serif; margin: 0; }
header { padding: 10px 12px; } header b { font-size: 16px; color: #ccccdc; } header span { color: #8e8e9e; margin-left: 10px; }
.chips { margin-top: 8px; } .chips i { font-style: normal; border: 1px solid #35363e; border-radius: 2px; padding: 3px 8px; margin-right: 6px; background: #181b1f; }
.chips i b { font-size: 12px; color: #6e9fff; font-weight: normal; margin-right: 6px; }
section { position: absolute; overflow: hidden; background: #181b1f; border: 1px solid #2c3235; border-radius: 2px; }
section.row { background: none; border: none; font-size: 15px; font-weight: 500; padding: 8px 4px; }
h2 { font-size: 13px; font-weight: 500; margin: 8px 10px 4px; height: 18px; white-space: nowrap; overflow: hidden; }
.none { color: #8e8e9e; text-align: center; padding-top: 22px; font-size: 15px; } .failed { color: #f2495c; margin: 8px; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: 12.5px; }
td, th { text-align: left; padding: 0 8px; height: 30px; border-bottom: 1px solid #26292e; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
th { color: #6e9fff; font-weight: 500; } td.right, th.right { text-align: right; } td a { color: #6e9fff; text-decoration: none; }
.words { padding: 0 14px; line-height: 1.45; } code { background: #22252b; padding: 1px 4px; border-radius: 2px; font-size: 12px; } ol, ul { padding-left: 20px; margin: 4px 0; }
svg text { font-size: 11px; fill: #9e9eae; }
`;

const DRAWN = { stat, table, timeseries: timeSeries, "state-timeline": stateTimeline, barchart: barChart, text: words };

// `drawn`: id of a panel -> what Grafana made of it, as `Opened.panel` gives it; `marks`: the annotations.
export function page({ dashboard, time, values }, drawn, marks) {
  const all = laidOut(dashboard);
  const height = HEAD + Math.max(...all.map(({ gridPos }) => gridPos.y + gridPos.h)) * CELL.height + GAP;
  const body = all.map((panel) => section(panel, drawn.get(panel.id), { time, marks })).join("");
  const title = escaped(dashboard.title);
  const content = `<!doctype html><meta charset=utf-8><title>${title}</title><style>${STYLE}</style>${head(dashboard, time, values, marks)}${body}`;
  return { content, height, width: 24 * CELL.width + GAP };
}

// Rows that somebody opened: what is in them stands below, and pushes down what follows.
function laidOut({ panels }) {
  let pushed = 0;
  return panels.flatMap((panel) => {
    const own = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + pushed } };
    if (!panel.panels?.length) return [own];
    const top = own.gridPos.y + 1;
    const inner = stacked(panel.panels, top);
    pushed += Math.max(...inner.map(({ gridPos }) => gridPos.y + gridPos.h)) - top;
    return [own, ...inner];
  });
}

function stacked(panels, top) {
  const first = Math.min(...panels.map(({ gridPos }) => gridPos.y));
  return panels.map((panel) => ({ ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y - first + top } }));
}

function head(dashboard, time, values, marks) {
  const range = [time.from, time.to].map((at) => new Date(at).toISOString().slice(0, 16).replace("T", " ")).join(" to ");
  const shown = dashboard.templating.list.filter(({ hide, type }) => !hide && type !== "datasource");
  const chips = shown.map(({ name, label }) => `<i><b>${escaped(label ?? name)}</b>${escaped([values[name]].flat().join(" + ").replace("$__all", "All"))}</i>`);
  const switches = marks.map(({ name, color, times }) => `<i><span style="margin:0;color:${color}">●</span> ${escaped(name)} ${times.length}</i>`);
  return `<header><b>${escaped(dashboard.title)}</b><span>${escaped(dashboard.description)}</span><span>${range} UTC</span>
    <div class=chips>${chips.join("")}${switches.join("")}</div></header>`;
}

function section(panel, answered, around) {
  const { x, y, w, h } = panel.gridPos;
  const [width, height] = [w * CELL.width - GAP, h * CELL.height - GAP];
  const where = `left:${x * CELL.width + GAP}px;top:${HEAD + y * CELL.height}px;width:${width}px;height:${height}px`;
  if (panel.type === "row") return `<section class=row style="${where}">⌄ ${escaped(panel.title)}</section>`;
  const title = `<h2>${escaped(panel.title)}</h2>`;
  if (answered.error) return `<section style="${where}">${title}<div class=failed>${escaped(answered.error)}</div></section>`;
  const isEmpty = panel.type !== "text" && panel.type !== "stat" && !answered.frames.some(({ length }) => length > 0);
  const content = isEmpty
    ? `<div class=none>${escaped(panel.fieldConfig.defaults.noValue ?? "No data")}</div>`
    : DRAWN[panel.type](panel, answered.frames, { width, height: height - 30, ...around });
  return `<section style="${where}">${title}${content}</section>`;
}
