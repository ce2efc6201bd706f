// A page for each format: its files, what is read of them, the keys that are checked, and the rules
// about it.

import { cell, code, fence, keys, opslint, plain, rulesWith, table, WATCHED } from "../../.vitepress/data.mjs";

const ROLES = {
  deploys: "Such a file alone makes a deployment.",
  shared: "It is read together with the files that deploy something, and may stand for one itself.",
  beside: "It is read where a file that deploys something leads to it, or beside one.",
};

/** The formats as `opslint formats` lists them: a line for each, and one below for what is read. */
function formats() {
  const lines = opslint("formats").split("\n").filter(Boolean);
  const found = [];
  for (const line of lines) {
    const head = /^(\S+)\s+(deploys|shared|beside|\S+)\s+(.*)$/.exec(line);
    if (!line.startsWith(" ") && head) {
      found.push({ id: head[1], role: head[2], files: head[3].split(", "), reads: "" });
    } else if (found.length) {
      found.at(-1).reads = `${found.at(-1).reads} ${line.trim()}`.trim();
    }
  }
  return found;
}

/** Rows of keys on a page: more make a page that a browser takes seconds for. */
const ROWS = 220;

/** The tables of keys of a format, as the checks use them: pages of them, and what is said first. */
function keysOf(id) {
  const data = keys(id);
  if (!data) return { intro: [], pages: [], from: [] };
  const sources = Object.values(data.sources ?? {});
  const from = sources.map((it) => `- <${it.url}>${it.checked ? `, read ${it.checked}` : ""}${it.version ? `, version ${it.version}` : ""}`);
  const type = (it) => (typeof it === "string" ? it : it.values?.map(String).join(", ") ?? it.type ?? it["same-as"] ?? "any");
  const notes = (it) => {
    if (typeof it === "string") return "";
    const said = [];
    if (it.required) said.push("required");
    if (it.min !== undefined) said.push(`from ${it.min}`);
    if (it.max !== undefined) said.push(`to ${it.max}`);
    if (it.deprecated) said.push("deprecated");
    if (it.ignored) said.push("has no effect");
    return said.join(", ");
  };
  const intro = [`What is not in these tables is ${data.unknown === "refused" ? "refused by" : "unknown to"} ${data.reader}.`];
  // Places with the same keys share a table.
  const same = new Map();
  for (const [name, it] of Object.entries(data.tables)) {
    const rows = Object.entries(it.keys ?? {}).map(([key, value]) => [code(key), cell(type(value)), cell(notes(value))]);
    if (!rows.length) continue;
    const text = table(["key", "takes", ""], rows);
    const found = same.get(text) ?? { names: [], rows: rows.length, text };
    found.names.push(it.title ?? name);
    same.set(text, found);
  }
  const pages = [];
  for (const it of same.values()) {
    const last = pages.at(-1);
    if (last && last.rows + it.rows <= ROWS) {
      last.rows += it.rows;
      last.tables.push(it);
    } else {
      pages.push({ rows: it.rows, tables: [it] });
    }
  }
  return { intro, pages, from: ["## Where the keys were read", from.join("\n")] };
}

/** Tables one after the other, each with the places that it is about. */
const tablesOf = ({ tables }) =>
  tables.flatMap(({ names: [first, ...others], text }) => [
    `### ${first}`,
    others.length ? `The same keys: ${others.map(code).join(", ")}.` : "",
    text,
  ]);

/** The pages of keys of a format whose keys do not fit on its own page. */
function pagesOfKeys(it) {
  const { intro, pages } = keysOf(it.id);
  if (pages.length < 2) return [];
  return pages.map((page, at) => ({
    name: `${it.id}-keys-${at + 1}`,
    content: [`# Keys of ${it.id}, ${at + 1} of ${pages.length}`, `[${it.id}](./${it.id}) · ${intro[0]}`, ...tablesOf(page)].filter(Boolean).join("\n\n"),
  }));
}

/** What the page of a format says of its keys: all of it, or where it is. */
function keysOn(it) {
  const { intro, pages, from } = keysOf(it.id);
  if (!pages.length) return [];
  const linked = pages.map((page, at) => {
    const names = page.tables.flatMap((it) => it.names).map(code).join(", ");
    return `- [Page ${at + 1}](./${it.id}-keys-${at + 1}): ${names}`;
  });
  const shown = pages.length < 2 ? tablesOf(pages[0]) : [linked.join("\n")];
  return ["## Keys", ...intro, ...shown, ...from];
}

function page(it) {
  const rules = rulesWith((text) => text.includes(`file.${it.id}`) || text.includes(`file["${it.id}"]`) || text.includes(`file['${it.id}']`));
  const parts = [
    `# ${it.id}`,
    `opslint reads ${it.reads}.`,
    ROLES[it.role] ?? "",
    "## Files",
    it.files.map((file) => `- ${code(file)}`).join("\n"),
    `In rules, ${it.id.includes("-") ? code(`file["${it.id}"]`) : code(`file.${it.id}`)} is the text of such a file as a tree; most rules ask for [facts](../facts) instead, which hold for every format.`,
  ];
  if (rules.length) parts.push("## Rules about this format", rules.join("\n"));
  return [...parts, ...keysOn(it)].filter(Boolean).join("\n\n");
}

export default {
  watch: WATCHED,
  paths() {
    const all = formats();
    const rows = all.map((it) => [`[${it.id}](./${it.id})`, it.role, cell(it.reads)]);
    const index = ["# Formats", "What is read, and the names its files are found by. `deploys` says that such a file alone makes a deployment.", table(["format", "", "what is read"], rows), fence(opslint("formats"))];
    return [
      { params: { format: "index" }, content: plain(index.join("\n\n")) },
      ...all.map((it) => ({ params: { format: it.id }, content: plain(page(it)) })),
      ...all.flatMap(pagesOfKeys).map((it) => ({ params: { format: it.name }, content: plain(it.content) })),
    ];
  },
};
