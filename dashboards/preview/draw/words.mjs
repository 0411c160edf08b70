// A text panel: @grafana/data reads its markdown.

import { data } from "../grafana.mjs";

export function words(panel) {
  return `<div class=words>${data.renderMarkdown(panel.options.content, { noSanitize: true })}</div>`;
}
