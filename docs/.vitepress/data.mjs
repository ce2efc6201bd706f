// What the pages of the reference are made of: the files of the repository, and the program's own
// words. Nothing of it is written twice.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "smol-toml";

export const ROOT = path.resolve(import.meta.dirname, "../..");

/** The folders whose change makes the pages anew. */
export const WATCHED = ["rules", "platforms", "programs", "keys"].map((it) => path.join(ROOT, it, "*.toml"));

/** The TOML files of a folder: `[{ id, data }]`, sorted by id. */
export function tables(folder) {
  const names = readdirSync(path.join(ROOT, folder)).filter((it) => it.endsWith(".toml"));
  return names.sort().map((name) => ({
    id: name.slice(0, -".toml".length),
    data: parse(readFileSync(path.join(ROOT, folder, name), "utf8")),
  }));
}

/** What the program prints. `OPSLINT` is its path; without it, the debug build is asked. */
export const opslint = (...args) => run(args, {});

function run(args, options) {
  const program = process.env.OPSLINT ?? path.join(ROOT, "target/debug/opslint");
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: run \`cargo build\`, or set OPSLINT`);
  }
  const env = { ...process.env, COLUMNS: "88" };
  return execFileSync(program, args, { encoding: "utf8", env, ...options });
}

/** What the program prints in a folder. */
export const opslintIn = (folder, ...args) => run(args, { cwd: folder });

/** A row for each entry, below its heads. */
export const table = (heads, rows) =>
  [heads, heads.map(() => "---"), ...rows].map((it) => `| ${it.join(" | ")} |`).join("\n");

/** A text as a part of a row. */
export const cell = (text) => prose(String(text)).replaceAll("|", "\\|").replaceAll("\n", " ");

export const code = (text) => `\`${String(text).replaceAll("|", "\\|")}\``;

/** The keys of a format, where there is a table of them. */
export function keys(id) {
  return tables("keys").find((it) => it.id === id)?.data;
}

/** Links to the rules whose condition satisfies a test. */
export function rulesWith(test) {
  const texts = ({ check = {} }) => [check.when, check.select, check.require, check.each, check.message];
  const found = tables("rules").filter((it) => test(texts(it.data).filter(Boolean).map(String).join("\n")));
  return found.map((it) => `- [${it.id}](../rules/${it.id}): ${prose(it.data.summary)}`);
}

/** A page whose text Vue takes for text: `{{ x }}` in a rule is what templates of files have. */
export const plain = (text) => `:::: v-pre\n${text}\n::::\n`;

/** Text that Markdown leaves as it is, but for code in backticks. */
export function prose(text) {
  const parts = text.trim().split(/(`[^`]*`)/);
  const escaped = (it) => it.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return parts.map((it) => (it.startsWith("`") ? it : escaped(it))).join("");
}

/** A fenced block that holds whatever the text holds. */
export function fence(text, language = "text") {
  return `\`\`\`\`${language}\n${text.replace(/\n+$/, "")}\n\`\`\`\``;
}

/** A text as a sentence, which it is not where it stands in a diagnostic. */
export const sentence = (text) => {
  const shown = prose(text);
  return `${shown.charAt(0).toUpperCase()}${shown.slice(1)}.`;
};
