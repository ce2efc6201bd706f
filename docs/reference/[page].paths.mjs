// The pages of the reference that are one list each.

import { cell, code, fence, opslint, plain, table } from "../.vitepress/data.mjs";

const facts = () =>
  [
    "# Facts",
    "The names that rules and `opslint.toml` know, with types and units.",
    fence(opslint("facts")),
  ].join("\n\n");

/** The schema of opslint.toml, with its references followed. */
const SCHEMA = JSON.parse(opslint("schema", "config"));
const resolved = (it) => {
  const name = it?.$ref?.replace("#/$defs/", "");
  return name ? { ...SCHEMA.$defs[name], ...it } : (it ?? {});
};

/** What a key takes, in words. */
function type(raw) {
  const it = resolved(raw);
  if (it.enum) return it.enum.map(code).join(", ");
  const any = it.anyOf ?? it.oneOf;
  if (any) return [...new Set(any.map(type))].join(", or ");
  if (it.type === "array") return `list of ${type(it.items)}`;
  if (it.type === "object") return "table";
  if (it.format === "date") return "date";
  if (Array.isArray(it.type)) return it.type.join(" or ");
  return it.type ?? "any value";
}

/** A value as TOML writes it. */
function toml(value, key = "") {
  if (/^\d{4}-\d\d-\d\d$/.test(value) && key === "until") return value;
  if (Array.isArray(value)) return `[${value.map((it) => toml(it)).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const name = (it) => (/^[A-Za-z0-9_-]+$/.test(it) ? it : JSON.stringify(it));
  const entries = Object.entries(value).map(([key, it]) => `${name(key)} = ${toml(it)}`);
  return entries.length ? `{ ${entries.join(", ")} }` : "{}";
}

/** A value of a fact, by what the schema says of it. */
function factExample(key, it) {
  if (it.enum) return toml(it.enum[0]);
  const quoted = /`([^`]+)`/.exec(it.description ?? "")?.[1];
  if (it.type === "array") return toml([quoted ?? "…"]);
  if (it.type === "boolean") return "true";
  if (it.type === "string") return toml(quoted && !/[ ]/.test(quoted) ? quoted : "…");
  if (it.maximum === 65535) return "8000";
  const byUnit = [["_mb", "512"], ["_s", "30"], ["_usd_month", "25"], ["_percent", "50"]];
  return byUnit.find(([unit]) => key.endsWith(unit))?.[1] ?? "2";
}

const isFact = (it) => it.examples === undefined && !it.properties && !it.additionalProperties;

/** The keys of opslint.toml, from its schema: a heading for each table, a row for each key. */
function configuration() {
  const parts = [
    "# opslint.toml",
    "Every key, from the schema that opslint itself checks the file by: `opslint schema config`. The file belongs into the folder of a project or above it; the nearest one is used.",
  ];
  const walk = (title, raw, { facts }) => {
    const rows = [];
    const stated = [];
    const inner = [];
    for (const [key, value] of Object.entries(resolved(raw).properties ?? {})) {
      const it = resolved(value);
      const of = it.type === "array" ? resolved(it.items) : it;
      const names = resolved(of.additionalProperties);
      const shown = cell(it.description ?? "");
      if (of.properties && it.description) {
        const table = it.type === "array" ? `[[${title}${key}]]` : `[${title}${key}]`;
        rows.push([code(key), type(value), "", code(table), shown]);
        inner.push([`${title}${key}.`, of, table]);
      } else if (names.properties) {
        const table = `[${title}${key}.NAME]`;
        rows.push([code(key), "table by name", "", code(table), shown]);
        inner.push([`${title}${key}.NAME.`, names, table]);
      } else if (facts && isFact(it)) {
        stated.push([code(key), type(value), code(`${key} = ${factExample(key, it)}`), shown]);
      } else if (!of.properties) {
        const standard = it.default === undefined ? "" : code(toml(it.default));
        const example = it.examples?.[0];
        rows.push([code(key), type(value), standard, example === undefined ? "" : code(`${key} = ${toml(example, key)}`), shown]);
      }
    }
    if (rows.length) parts.push(table(["key", "type", "default", "example", ""], rows));
    if (stated.length) {
      parts.push("Every fact can be stated, too; without it, it is what the files say:", table(["fact", "type", "example", ""], stated));
    }
    for (const [path, of, heading] of inner) {
      parts.push(`## \`${heading}\``);
      walk(path, of, { facts: path.startsWith("deployments.") });
    }
  };
  walk("", SCHEMA, { facts: false });
  return parts.join("\n\n");
}

export default {
  paths: () => [
    { params: { page: "facts" }, content: plain(facts()) },
    { params: { page: "configuration" }, content: plain(configuration()) },
  ],
};
