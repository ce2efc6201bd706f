import { WATCHED, tables } from "../../.vitepress/data.mjs";

export default {
  watch: WATCHED,
  load() {
    const groups = new Map();
    for (const { id, data } of tables("rules")) {
      const rules = groups.get(data.group) ?? [];
      groups.set(data.group, rules);
      rules.push({ id, level: data.level, summary: data.summary.replaceAll("`", "") });
    }
    return [...groups].sort().map(([name, rules]) => ({ name, rules }));
  },
};
