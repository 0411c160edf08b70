// The variables of a dashboard as scenes' own objects: what Grafana's core does when it opens a dashboard's JSON.

import { scenes } from "./grafana.mjs";

const { ConstantVariable, CustomVariable, DataSourceVariable, QueryVariable, SceneVariableSet, TextBoxVariable } = scenes;

const KINDS = {
  constant: (one, common) => new ConstantVariable({ ...common, value: one.query }),
  custom: (one, common) => new CustomVariable({ ...common, ...chosen(one), ...choices(one), query: one.query }),
  datasource: (one, common) => new DataSourceVariable({ ...common, ...chosen(one), ...choices(one), pluginId: one.query, regex: one.regex ?? "" }),
  query: (one, common) =>
    new QueryVariable({
      ...common, ...chosen(one), ...choices(one), query: one.query, datasource: one.datasource, refresh: one.refresh, sort: one.sort, regex: one.regex ?? "",
      definition: one.definition,
    }),
  textbox: (one, common) => new TextBoxVariable({ ...common, value: one.current?.value ?? one.query ?? "" }),
};

export function variables(dashboard) {
  const made = dashboard.templating.list.map((one) => {
    const make = KINDS[one.type];
    if (!make) throw new Error(`a variable of the type ${one.type}`);
    return make(one, { name: one.name, label: one.label, hide: one.hide, skipUrlSync: one.skipUrlSync });
  });
  return new SceneVariableSet({ variables: made });
}

function chosen(one) {
  return { value: one.current?.value ?? "", text: one.current?.text ?? "" };
}

function choices(one) {
  return {
    isMulti: one.multi, includeAll: one.includeAll, defaultToAll: Boolean(one.includeAll), allValue: one.allValue || undefined,
    allowCustomValue: one.allowCustomValue,
  };
}
