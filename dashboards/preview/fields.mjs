// What a field's configuration does to it. Grafana's core keeps this list (it is on no registry); what each entry does is
// @grafana/data's own.

import { data, theme } from "./grafana.mjs";

const always = () => true;
const numbers = (field) => field.type === data.FieldType.number;
const STANDARD = [
  ["unit", data.stringOverrideProcessor, always],
  ["min", data.numberOverrideProcessor, numbers],
  ["max", data.numberOverrideProcessor, numbers],
  ["decimals", data.numberOverrideProcessor, numbers],
  ["displayName", data.displayNameOverrideProcessor, always],
  ["noValue", data.stringOverrideProcessor, always],
  ["links", data.dataLinksOverrideProcessor, always],
  ["color", data.identityOverrideProcessor, always],
  ["thresholds", data.thresholdsOverrideProcessor, always],
  ["mappings", data.valueMappingsOverrideProcessor, always],
  ["filterable", data.identityOverrideProcessor, always],
];

// Of the panels' own options, whatever a dashboard names.
function registry(fieldConfig) {
  const custom = new Set(Object.keys(fieldConfig.defaults.custom ?? {}));
  for (const { properties } of fieldConfig.overrides) {
    for (const { id } of properties) if (id.startsWith("custom.")) custom.add(id.slice("custom.".length));
  }
  const standard = STANDARD.map(([id, process, shouldApply]) => ({ id, path: id, name: id, process, shouldApply }));
  const own = [...custom].map((path) => ({ id: `custom.${path}`, path, name: path, isCustom: true, process: data.identityOverrideProcessor, shouldApply: always }));
  const made = new data.FieldConfigOptionsRegistry();
  for (const item of [...standard, ...own]) made.register(item);
  return made;
}

export function configured(panel, frames, replaceVariables) {
  const fieldConfig = structuredClone(panel.fieldConfig);
  for (const thresholds of allThresholds(fieldConfig)) for (const step of thresholds.steps) step.value ??= -Infinity;
  return data.applyFieldOverrides({ data: frames, fieldConfig, fieldConfigRegistry: registry(fieldConfig), replaceVariables, theme, timeZone: "utc" });
}

function allThresholds({ defaults, overrides }) {
  const overridden = overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === "thresholds").map(({ value }) => value));
  return [defaults.thresholds, ...overridden].filter(Boolean);
}
