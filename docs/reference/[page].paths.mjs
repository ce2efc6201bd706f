// The pages of the reference that are one list each.

import { fence, opslint, plain, prose } from "../.vitepress/data.mjs";

const formats = () =>
  [
    "# Formats",
    "What is read, and the names its files are found by. `deploys` says that such a file alone makes a deployment.",
    fence(opslint("formats")),
  ].join("\n\n");

const facts = () =>
  [
    "# Facts",
    "The names that rules and `opslint.toml` know, with types and units.",
    fence(opslint("facts")),
  ].join("\n\n");

/** The keys of opslint.toml, from its schema: a heading for each table, a row for each key. */
function configuration() {
  const schema = JSON.parse(opslint("schema", "config"));
  const resolved = (it) => {
    const name = it?.$ref?.replace("#/$defs/", "");
    return name ? { ...schema.$defs[name], ...it } : (it ?? {});
  };
  const type = (raw) => {
    const it = resolved(raw);
    if (it.enum) return it.enum.map((value) => `\`${value}\``).join(", ");
    const any = it.anyOf ?? it.oneOf;
    if (any) return any.map(type).join(" or ");
    if (it.type === "array") return `list of ${type(it.items)}`;
    if (it.const !== undefined) return `\`${it.const}\``;
    return it.type ?? "any";
  };
  const tables = [];
  const walk = (path, raw, depth) => {
    const it = resolved(raw);
    const rows = [];
    const inner = [];
    for (const [key, value] of Object.entries(it.properties ?? {})) {
      const at = resolved(value);
      const of = at.type === "array" ? resolved(at.items) : at;
      const more = of.properties ?? of.additionalProperties?.properties;
      const names = of.additionalProperties && !of.properties;
      const shown = (at.description ?? "").replaceAll("|", "\\|").replaceAll("\n", " ");
      rows.push(`| \`${key}\` | ${type(value)} | ${prose(shown)} |`);
      if (depth < 4 && (more || (names && resolved(of.additionalProperties).properties))) {
        inner.push([names ? `${path}${key}.NAME.` : `${path}${key}.`, names ? of.additionalProperties : of]);
      }
    }
    if (rows.length) {
      const title = path ? `## ${path.slice(0, -1)}` : "";
      tables.push(`${title}\n\n| key | type | |\n| --- | --- | --- |\n${rows.join("\n")}`);
    }
    inner.forEach(([path, of]) => walk(path, of, depth + 1));
  };
  walk("", schema, 0);
  return ["# opslint.toml", prose(schema.description ?? ""), ...tables].join("\n\n");
}

export default {
  paths: () => [
    { params: { page: "formats" }, content: plain(formats()) },
    { params: { page: "facts" }, content: plain(facts()) },
    { params: { page: "configuration" }, content: plain(configuration()) },
  ],
};
