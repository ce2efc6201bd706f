// Links from a page to a file of the repository that is no page go to the repository. A file that is
// not there is an error, like every dead link.

import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./data.mjs";

const REPOSITORY = "https://github.com/opslint/opslint";
const DOCS = path.join(ROOT, "docs");

export default function links(md) {
  const before = md.renderer.rules.link_open ?? ((tokens, at, options, _, self) =>
    self.renderToken(tokens, at, options));
  md.renderer.rules.link_open = (tokens, at, options, env, self) => {
    const href = tokens[at].attrGet("href") ?? "";
    const [file, hash] = href.split("#");
    if (file && !/^[a-z]+:/i.test(file) && !file.startsWith("/") && env.path) {
      const target = path.resolve(path.dirname(env.path), file);
      const isOutside = !target.startsWith(DOCS + path.sep);
      const isCode = existsSync(target) && !target.endsWith(".md") && statSync(target).isFile();
      if (isOutside || isCode) {
        if (!existsSync(target)) throw new Error(`${env.relativePath}: ${href} is not there`);
        const kind = statSync(target).isDirectory() ? "tree" : "blob";
        const url = `${REPOSITORY}/${kind}/main/${path.relative(ROOT, target)}`;
        tokens[at].attrSet("href", hash ? `${url}#${hash}` : url);
      }
    }
    return before(tokens, at, options, env, self);
  };
}
