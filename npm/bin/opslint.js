#!/usr/bin/env node
// Runs the program of the package for this machine, as if it had been called itself.
"use strict";

const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const name = `@opslint/cli-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "opslint.exe" : "opslint";

let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(
    `opslint: the package ${name} is not installed.\n` +
      "Install without `--omit=optional`; if there is no such package for your machine, " +
      "`pip install opslint` or `cargo install opslint` may have one.",
  );
  process.exit(2);
}

const { status, signal, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`opslint: cannot start ${program}: ${error.message}`);
  process.exit(2);
}
// As a shell says it: who waits for this program learns of the signal.
process.exit(signal ? 128 + constants.signals[signal] : status);
