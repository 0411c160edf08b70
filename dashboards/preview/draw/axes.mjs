// Axes of a graph: where a moment and a value stand, and the lines and marks behind them.

import { escaped, written } from "./text.mjs";

const LEFT = 64;
const RIGHT = 12;

export class Axes {
  constructor({ width, plot, time, top, left = LEFT }) {
    Object.assign(this, { width, plot, time, top: top || 1, left });
  }

  x(at) {
    return this.left + ((this.width - this.left - RIGHT) * (at - this.time.from)) / (this.time.to - this.time.from);
  }

  y(value) {
    return this.plot - ((this.plot - 8) * value) / this.top;
  }

  // Lines with their values, in the field's own words.
  lines(display) {
    return [0, 0.25, 0.5, 0.75, 1].map((part) => {
      const y = this.y(part * this.top).toFixed(0);
      const text = part % 0.5 === 0 ? `<text x="${this.left - 8}" y="${Number(y) + 4}" text-anchor="end">${escaped(written(display(part * this.top)))}</text>` : "";
      return `<line x1="${this.left}" x2="${this.width - RIGHT}" y1="${y}" y2="${y}" stroke="#25282d"/>${text}`;
    }).join("");
  }

  clock() {
    const parts = 6;
    const isDays = this.time.to - this.time.from > 3 * 86_400_000;
    return [...Array(parts).keys()].map((part) => {
      const at = this.time.from + ((this.time.to - this.time.from) * (part + 0.5)) / parts;
      const text = new Date(at).toISOString();
      return `<text x="${this.x(at).toFixed(0)}" y="${this.plot + 15}" text-anchor="middle">${isDays ? text.slice(5, 10) : text.slice(11, 16)}</text>`;
    }).join("");
  }

  marks(marks) {
    return marks.flatMap(({ color, times }) => times.map((at) => {
      const x = this.x(at).toFixed(1);
      return `<line x1="${x}" x2="${x}" y1="6" y2="${this.plot}" stroke="${color}" stroke-dasharray="3 3"/><path d="M${x - 4} ${this.plot + 5}h8l-4 -6z" fill="${color}"/>`;
    })).join("");
  }
}
