#!/usr/bin/env node
// Makes the packages for npm in a folder: `opslint`, and one with the binary for a machine.
//
//   npm/pack.mjs OUT [PLATFORM-ARCH BINARY]…
//
// A machine is named as Node names it: linux-x64, darwin-arm64, win32-x64. npm installs only the
// package whose `os` and `cpu` are those of the machine. The version is the one in Cargo.toml.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "..");
const MACHINES = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];
const [, VERSION] = /^version = "([^"]+)"$/m.exec(readFileSync(path.join(ROOT, "Cargo.toml"), "utf8"));

const about = {
  version: VERSION,
  description: "A policy-as-code linter for the files that put a web app into production",
  license: "MIT OR Apache-2.0",
  repository: { type: "git", url: "git+https://github.com/opslint/opslint.git" },
};

/** Writes a package into a folder of its own and packs it into `out`. */
function pack(out, name, manifest, files) {
  const folder = path.join(out, name.replace("/", "-"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [to, from] of [...files, ["LICENSE-MIT", "LICENSE-MIT"], ["LICENSE-APACHE", "LICENSE-APACHE"]]) {
    mkdirSync(path.dirname(path.join(folder, to)), { recursive: true });
    copyFileSync(path.resolve(ROOT, from), path.join(folder, to));
  }
  for (const [to] of files) chmodSync(path.join(folder, to), to.endsWith(".md") ? 0o644 : 0o755);
  const text = JSON.stringify({ name, ...about, ...manifest }, null, 2);
  writeFileSync(path.join(folder, "package.json"), `${text}\n`);
  execFileSync("npm", ["pack", "--silent", "--pack-destination", out, folder], { stdio: "inherit" });
  rmSync(folder, { recursive: true });
}

const [out, ...binaries] = process.argv.slice(2);
if (!out || binaries.length % 2 !== 0) {
  console.error("usage: npm/pack.mjs OUT [PLATFORM-ARCH BINARY]…");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const folder = path.resolve(out);
for (let at = 0; at < binaries.length; at += 2) {
  const [machine, binary] = [binaries[at], path.resolve(binaries[at + 1])];
  if (!MACHINES.includes(machine)) throw new Error(`${machine} is none of ${MACHINES.join(", ")}`);
  const [os, cpu] = machine.split("-");
  const file = os === "win32" ? "opslint.exe" : "opslint";
  pack(folder, `@opslint/cli-${machine}`, { os: [os], cpu: [cpu], files: [file] }, [[file, binary]]);
}
const names = MACHINES.map((it) => [`@opslint/cli-${it}`, VERSION]);
pack(
  folder,
  "opslint",
  { bin: "bin/opslint.js", engines: { node: ">=18" }, optionalDependencies: Object.fromEntries(names) },
  [["bin/opslint.js", "npm/bin/opslint.js"], ["README.md", "README.md"]],
);
