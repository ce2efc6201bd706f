/** Panels beside the editor: what the processes of the open file run with, and their plan. */

import { execFile } from "node:child_process";
import * as path from "node:path";
import * as vscode from "vscode";

/** opslint's answer may be long, and is never waited for longer than this. */
const LIMITS = { maxBuffer: 32 << 20, timeout: 30_000 };

const SCHEME = "opslint";

/** Shows answers of the program: texts as documents that cannot be changed, pages in a view. */
export class Panels implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #program: () => string | undefined;
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;
  readonly onDidChange = this.#changed.event;
  #plan: vscode.WebviewPanel | undefined;

  constructor(program: () => string | undefined) {
    this.#program = program;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? "";
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
    this.#plan?.dispose();
  }

  /** What the processes of the open file's project run with, and where each value comes from. */
  async resolve(): Promise<void> {
    const project = openProject();
    if (!project) return;
    const text = await this.#run(["resolve", "--color", "never", project.folder], project.root);
    if (text === undefined) return;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/opslint resolve ${project.title}` });
    this.#texts.set(uri.path, text);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true, preserveFocus: true });
  }

  /** The page of `opslint plan`: it needs no scripts and loads nothing. */
  async plan(): Promise<void> {
    const project = openProject();
    if (!project) return;
    const page = await this.#run(["plan", "--format", "html", project.folder], project.root);
    if (page === undefined) return;
    const title = `opslint plan ${project.title}`;
    if (!this.#plan) {
      const options = { enableScripts: false, localResourceRoots: [] };
      this.#plan = vscode.window.createWebviewPanel("opslint.plan", title, vscode.ViewColumn.Beside, options);
      this.#plan.onDidDispose(() => (this.#plan = undefined));
    }
    this.#plan.title = title;
    this.#plan.webview.html = page;
    this.#plan.reveal(undefined, true);
  }

  /** What the program prints; nothing, and a message, when it cannot do its job. */
  async #run(args: string[], cwd: string): Promise<string | undefined> {
    const program = this.#program();
    if (!program) {
      void vscode.window.showErrorMessage("opslint is not running.");
      return undefined;
    }
    return await new Promise((done) => {
      execFile(program, args, { cwd, ...LIMITS }, (error, stdout, stderr) => {
        // Status 1 says that something was found.
        if (error && error.code !== 1) {
          void vscode.window.showErrorMessage(`opslint: ${stderr.trim() || error.message}`);
          done(undefined);
        } else done(stdout);
      });
    });
  }
}

/** The workspace folder of the open file and the folder of the file in it. */
function openProject(): { root: string; folder: string; title: string } | undefined {
  const file = vscode.window.activeTextEditor?.document.uri;
  const root = file && vscode.workspace.getWorkspaceFolder(file);
  const first = vscode.workspace.workspaceFolders?.[0];
  if (file?.scheme === "file" && root) {
    const folder = path.relative(root.uri.fsPath, path.dirname(file.fsPath));
    return { root: root.uri.fsPath, folder: folder || ".", title: folder || root.name };
  }
  if (first) return { root: first.uri.fsPath, folder: ".", title: first.name };
  void vscode.window.showErrorMessage("opslint: open a file of a project first.");
  return undefined;
}
