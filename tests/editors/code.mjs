// Drives the extension in a real VS Code: code-server in headless Chromium. Opens a project, sees the
// diagnostic and its place in the other file, hovers, completes, applies the fix and sees it gone,
// looks at both panels. Screenshots are left for a person to look at.
//
// Usage: node code.mjs CODE_SERVER_FOLDER WORK_FOLDER VSIX SCREENSHOTS OPSLINT

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

const [installed, work, vsix, pictures, program] = process.argv.slice(2).map((it) => resolve(it));
const { chromium } = createRequire(join(installed, "package.json"))("playwright-core");
const entry = join(installed, "node_modules/code-server/out/node/entry.js");
const own = (name) => join(work, name);
const project = own("shop");
mkdirSync(join(project, "policy"), { recursive: true });
mkdirSync(pictures, { recursive: true });

const FLY = `app = "shop"

[processes]
web = "gunicorn shop.wsgi --bind 0.0.0.0:8080"

[http_service]
processes = ["web"]
internal_port = 8080
autostop_machines = "stop"

[[vm]]
memory = "512mb"
`;
writeFileSync(join(project, "fly.toml"), FLY);
writeFileSync(join(project, "gunicorn.conf.py"), "import multiprocessing\n\nworkers = multiprocessing.cpu_count() * 2 + 7\n");
writeFileSync(join(project, "policy/too-much.toml"), readFileSync(new URL("../../rules/too-many-workers.toml", import.meta.url)));

// As `pip install opslint` puts it into the environment of a project.
mkdirSync(join(project, ".venv/bin"), { recursive: true });
symlinkSync(program, join(project, ".venv/bin/opslint"));

const settings = {
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "editor.minimap.enabled": false,
  "workbench.tips.enabled": false,
};
mkdirSync(own("user/User"), { recursive: true });
writeFileSync(own("user/User/settings.json"), JSON.stringify(settings));

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const port = await freePort();
const common = ["--config", own("config.yaml"), "--user-data-dir", own("user"), "--extensions-dir", own("extensions")];
writeFileSync(own("config.yaml"), `bind-addr: 127.0.0.1:${port}\nauth: none\ncert: false\n`);
execFileSync("node", [entry, ...common, "--install-extension", vsix], { stdio: "pipe" });
const server = spawn("node", [entry, ...common, "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", project], { stdio: "ignore" });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
try {
  await judge(page);
} catch (error) {
  await page.screenshot({ path: join(pictures, "failed.png") });
  throw error;
} finally {
  await browser.close();
  server.kill();
}

async function judge(page) {
  // A machine may do more than this at once.
  page.setDefaultTimeout(60_000);
  await reach(page, `http://127.0.0.1:${port}/?folder=${encodeURIComponent(project)}`);
  await page.locator(".monaco-workbench").waitFor();
  const picture = (name) => page.screenshot({ path: join(pictures, `${name}.png`) });

  await open(page, "fly.toml");
  // What is wrong is underlined, and the panel of problems has it with its place in the other file.
  await page.locator(".squiggly-warning").first().waitFor();
  await command(page, "View: Focus Problems");
  const problems = page.locator(".markers-panel");
  const filter = page.getByPlaceholder(/^Filter/);
  const unknown = problems.locator(".monaco-list-row", { hasText: "autostop_machines" }).first();
  await unknown.waitFor();
  await filter.fill("workers need about");
  await unknown.waitFor({ state: "detached" });
  const overcommit = problems.locator(".monaco-list-row", { hasText: "workers need about" }).first();
  await overcommit.waitFor();
  await problems.locator(".monaco-list-row", { hasText: "gunicorn.conf.py" }).first().waitFor();
  await overcommit.click();
  await page.keyboard.press("ArrowRight");
  const related = problems.locator(".monaco-list-row", { hasText: /runs in this/ }).first();
  await related.waitFor();
  await picture("1-problems");
  await filter.fill("");
  await unknown.waitFor();
  say("shows the diagnostic, and its related place in the other file");

  // Hover: what counts, and where it comes from.
  await open(page, "fly.toml");
  await line(page, 12);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  const hover = page.locator(".monaco-hover:not(.hidden)", { hasText: "machine.memory_mb" }).first();
  await until(page, hover, async () => {
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Control+i");
  });
  await picture("2-hover");
  assert.match(await hover.innerText(), /machine\.memory_mb = 512 MB/);
  await page.keyboard.press("Escape");
  say("hovers with the value that counts");

  // What the rule is about.
  await actions(page, 9, "explain");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".notification-toast", { hasText: /unknown-key: / }).first().waitFor();
  await picture("3-explained");
  await command(page, "Notifications: Clear All Notifications");
  say("explains the rule of a diagnostic");

  // The fix of the unknown key, and the diagnostic is gone.
  await open(page, "fly.toml");
  await actions(page, 9, "auto_stop_machines");
  await picture("3-fixes");
  await page.keyboard.press("Enter");
  await page.locator(".view-line", { hasText: "auto_stop_machines" }).waitFor();
  await unknown.waitFor({ state: "detached" });
  await picture("4-fixed");
  say("applies the fix, and the diagnostic is gone");

  // Completion: keys of the table that the cursor is in.
  await line(page, 12);
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("cpu_k");
  const row = page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "cpu_kind" }).first();
  await until(page, row, () => page.keyboard.press("Control+Space"));
  await picture("5-completion");
  await page.keyboard.press("Enter");
  await page.locator(".view-line", { hasText: "cpu_kind" }).waitFor();
  say("completes a key");

  // A rule file: its lens runs the examples.
  await open(page, "too-much.toml");
  await page.locator(".codelens-decoration a", { hasText: "run the examples" }).first().click();
  await page.locator(".notification-toast", { hasText: /0 failed/ }).first().waitFor();
  await picture("6-rule");
  say("runs the examples of a rule");

  // The panels.
  await open(page, "gunicorn.conf.py");
  await command(page, "opslint: Show What This Process Runs With");
  await page.locator(".view-line", { hasText: "workers" }).last().waitFor();
  await page.locator(".tab", { hasText: "opslint resolve" }).first().waitFor();
  await picture("7-resolve");
  await command(page, "opslint: Show the Plan: Fit, Capacity and Cost");
  const plan = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  await plan.locator("body", { hasText: "a month" }).waitFor();
  await picture("8-plan");
  say("shows what processes run with, and the plan");
}

function say(what) {
  console.log(`ok: VS Code ${what}`);
}

// Asks until the answer is there: what a busy machine answers late, the editor drops as soon as
// anything else takes the focus.
async function until(page, wanted, ask) {
  for (let left = 10; ; left--) {
    await ask();
    try {
      await wanted.waitFor({ timeout: 12_000 });
      return;
    } catch (error) {
      if (left === 0) throw error;
      await page.keyboard.press("Escape");
    }
  }
}

// Opens the menu of what can be done about a line, one entry of which has this text.
async function actions(page, number, text) {
  const entry = page.locator(".action-widget .monaco-list-row", { hasText: text }).first();
  await until(page, entry, async () => {
    await line(page, number);
    await page.keyboard.press("Control+.");
  });
}

async function reach(page, url) {
  for (let attempt = 0; ; attempt++) {
    try {
      await page.goto(url);
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

// The field that a key opens. A key that comes while the editor moves its focus is lost.
async function quickInput(page, key) {
  const input = page.locator(".quick-input-widget input");
  for (let left = 10; ; left--) {
    await page.keyboard.press(key);
    try {
      await input.waitFor({ timeout: 6_000 });
      return input;
    } catch (error) {
      if (left === 0) throw error;
      await page.keyboard.press("Escape");
    }
  }
}

async function open(page, name) {
  const input = await quickInput(page, "Control+p");
  await input.fill(name);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor();
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
  await page.locator(`.tab[data-resource-name="${name}"]`).first().click();
  await page.locator(`.tab.active[data-resource-name="${name}"]`).first().waitFor();
}

async function command(page, title) {
  const input = await quickInput(page, "F1");
  await input.fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title.split(": ").pop() }).first().waitFor();
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
}

async function line(page, number) {
  const input = await quickInput(page, "Control+g");
  await input.fill(`:${number}`);
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
}
