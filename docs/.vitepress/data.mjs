// What the pages of the reference are made of: the files of the repository, and the program's own
// words. Nothing of it is written twice.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "smol-toml";

export const ROOT = path.resolve(import.meta.dirname, "../..");

/** The folders whose change makes the pages anew. */
export const WATCHED = ["rules", "platforms"].map((it) => path.join(ROOT, it, "*.toml"));

/** The TOML files of a folder: `[{ id, data }]`, sorted by id. */
export function tables(folder) {
  const names = readdirSync(path.join(ROOT, folder)).filter((it) => it.endsWith(".toml"));
  return names.sort().map((name) => ({
    id: name.slice(0, -".toml".length),
    data: parse(readFileSync(path.join(ROOT, folder, name), "utf8")),
  }));
}

/** What the program prints. `OPSLINT` is its path; without it, the debug build is asked. */
export function opslint(...args) {
  const program = process.env.OPSLINT ?? path.join(ROOT, "target/debug/opslint");
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: run \`cargo build\`, or set OPSLINT`);
  }
  return execFileSync(program, args, { encoding: "utf8", env: { ...process.env, COLUMNS: "88" } });
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
