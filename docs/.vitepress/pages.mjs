// Writes the pages of the reference as files, which are not committed: the search of the site looks
// only into pages that are files. Each folder's `pages.mjs` says what they are.

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./data.mjs";

const REFERENCE = path.join(ROOT, "docs/reference");

/** The page that is committed. */
const OWN = path.join("rules", "index.md");

const files = () => readdirSync(REFERENCE, { recursive: true });

for (const file of files().filter((it) => it.endsWith(".md") && it !== OWN)) {
  rmSync(path.join(REFERENCE, file));
}
for (const file of files().filter((it) => path.basename(it) === "pages.mjs")) {
  const { default: pages } = await import(pathToFileURL(path.join(REFERENCE, file)));
  for (const { params, content } of pages.paths()) {
    const [name] = Object.values(params);
    const page = path.join(REFERENCE, path.dirname(file), `${name}.md`);
    writeFileSync(page, `---\neditLink: false\n---\n\n${content}`);
  }
}
