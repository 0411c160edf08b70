// Text in HTML, and what Grafana writes for a value.

export function escaped(text) {
  return String(text ?? "").replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

export function written({ prefix = "", text, suffix = "" }) {
  return `${prefix ?? ""}${text}${suffix ?? ""}`;
}
