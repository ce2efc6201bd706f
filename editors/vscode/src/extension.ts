/** The extension: starts `opslint lsp`, says how it is, and shows what processes run with. */

import * as vscode from "vscode";
import {
  LanguageClient,
  State,
  type LanguageClientOptions,
  type TextDocumentFilter,
} from "vscode-languageclient/node";

import { Panels } from "./panels";
import { findProgram } from "./program";

/** Files that the server may have to say something about: manifests, settings, rules. */
const DOCUMENTS: TextDocumentFilter[] = [
  { scheme: "file", language: "toml" },
  { scheme: "file", language: "yaml" },
  { scheme: "file", language: "dockercompose" },
  { scheme: "file", language: "json" },
  { scheme: "file", language: "jsonc" },
  { scheme: "file", language: "dockerfile" },
  { scheme: "file", language: "python" },
  { scheme: "file", language: "procfile" },
  { scheme: "file", pattern: "**/{Procfile,Procfile.*,Dockerfile,Dockerfile.*,*.dockerfile,*.toml,*.service,*.conf,.env*,.python-version,runtime.txt}" },
];

/** One server for the window, with a status item that says how it is. */
class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("opslint", { log: true });
  readonly #status = vscode.window.createStatusBarItem("opslint", vscode.StatusBarAlignment.Right, 0);
  readonly #context: vscode.ExtensionContext;
  #client: LanguageClient | undefined;
  /** The program that runs, for the commands. */
  program: string | undefined;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    this.#status.name = "opslint";
    this.#status.command = "opslint.showLog";
  }

  async start(): Promise<void> {
    if (!vscode.workspace.getConfiguration("opslint").get<boolean>("enable", true)) {
      this.#status.hide();
      return;
    }
    this.#say("$(loading~spin) opslint", "opslint is starting");
    const program = await findProgram(this.#context);
    this.program = program;
    this.log.info(`starting ${program} lsp`);
    const options: LanguageClientOptions = {
      documentSelector: DOCUMENTS,
      outputChannel: this.log,
    };
    const run = { command: program, args: ["lsp"] };
    const client = new LanguageClient("opslint", "opslint", run, options);
    this.#client = client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.#say("opslint", `${program} is running`);
      if (newState === State.Stopped) this.#say("$(error) opslint", "opslint has stopped; see the log");
    });
    try {
      await client.start();
    } catch (error) {
      this.#say("$(error) opslint", `${program} does not start; see the log`);
      this.log.error(error instanceof Error ? error : String(error));
      const answer = await vscode.window.showErrorMessage(
        `opslint: ${program} does not start. Install it, for example with "pip install opslint", or set opslint.path.`,
        "Open Settings",
        "Show Log",
      );
      if (answer === "Open Settings") await vscode.commands.executeCommand("workbench.action.openSettings", "opslint.path");
      if (answer === "Show Log") this.log.show();
    }
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client?.state === State.Running) await client.stop();
    await client?.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  dispose(): void {
    void this.stop();
    this.#status.dispose();
    this.log.dispose();
  }

  #say(text: string, tooltip: string): void {
    this.#status.text = text;
    this.#status.tooltip = tooltip;
    this.#status.show();
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = new Server(context);
  const panels = new Panels(() => server.program);
  context.subscriptions.push(
    server,
    panels,
    vscode.commands.registerCommand("opslint.resolve", () => panels.resolve()),
    vscode.commands.registerCommand("opslint.plan", () => panels.plan()),
    vscode.commands.registerCommand("opslint.fixAll", () =>
      vscode.commands.executeCommand("editor.action.codeAction", { kind: "source.fixAll.opslint", apply: "first" }),
    ),
    vscode.commands.registerCommand("opslint.restart", () => server.restart()),
    vscode.commands.registerCommand("opslint.showLog", () => server.log.show()),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("opslint.path") || event.affectsConfiguration("opslint.enable")) await server.restart();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.restart()),
  );
  await server.start();
}
