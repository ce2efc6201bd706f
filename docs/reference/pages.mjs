// The pages of the reference that are one list each.

import { cell, code, fence, opslint, plain, prose, table as tableOf } from "../.vitepress/data.mjs";

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
  // The programs have pages of their own.
  const shown = 20;
  if (it.enum?.length > 2 * shown) return `${it.enum.slice(0, shown).map(code).join(", ")} and [more](./programs/)`;
  if (it.enum) return it.enum.map(code).join(", ");
  const any = it.anyOf ?? it.oneOf;
  if (any) return [...new Set(any.map(type))].join(", or ");
  if (it.type === "array") return `list of ${type(it.items).replace(/^string$/, "strings")}`;
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

/** A name for a table of names. */
const NAMES = { deployments: '"fly.toml"', processes: "web" };

/** A key as somebody looks it up: what it is, what it takes, what holds without it, how to write it. */
function keyOf(table, key, value, isRequired) {
  const it = resolved(value);
  const inside = table ? `${table} ` : "";
  const standard = it.default === undefined ? "" : ` Without it: ${code(toml(it.default))}.`;
  const example = it.examples?.map((one) => `${key} = ${toml(one, key)}`) ?? [];
  const written = example.length ? fence([...(table ? [table] : []), ...example].join("\n"), "toml") : "";
  return [`### ${code(`${inside}${key}`)}`, `${prose(it.description ?? "")} Takes: ${type(value)}.${isRequired ? " Required." : standard}`, written];
}

/** The keys of opslint.toml, from its schema: a chapter for each table. */
function configuration() {
  const parts = [
    "# opslint.toml",
    "Every key, from the schema that opslint itself checks the file by: `opslint schema config`. The file goes in the folder of a project or above it; the nearest one is used.",
  ];
  const walk = (table, path, raw, { facts }) => {
    const stated = [];
    const inner = [];
    for (const [key, value] of Object.entries(resolved(raw).properties ?? {})) {
      const it = resolved(value);
      const of = it.type === "array" ? resolved(it.items) : it;
      const named = resolved(of.additionalProperties);
      if (of.properties && it.description) {
        const brackets = it.type === "array" ? ["[[", "]]"] : ["[", "]"];
        inner.push([brackets.join(`${path}${key}`), `${path}${key}.`, of, it.description]);
      } else if (named.properties) {
        const name = `${path}${key}.${NAMES[key]}`;
        inner.push([`[${name}]`, `${name}.`, named, it.description]);
      } else if (facts && isFact(it)) {
        stated.push([code(`${key} = ${factExample(key, it)}`), type(value), cell(it.description ?? "")]);
      } else if (!of.properties) {
        parts.push(...keyOf(table, key, value, resolved(raw).required?.includes(key)));
      }
    }
    for (const [brackets, path, of, description] of inner) {
      parts.push(`## ${code(brackets)}`, prose(description));
      walk(brackets, path, of, { facts: path.startsWith("deployments.") });
    }
    if (stated.length) {
      parts.push(`### Facts in ${code(table)}`, "Each can be stated there; without it, it is what the files say.", table3(stated));
    }
  };
  const table3 = (rows) => tableOf(["for example", "takes", "what it is"], rows);
  walk("", "", SCHEMA, { facts: false });
  return parts.filter(Boolean).join("\n\n");
}

export default {
  paths: () => [
    { params: { page: "facts" }, content: plain(facts()) },
    { params: { page: "configuration" }, content: plain(configuration()) },
  ],
};
