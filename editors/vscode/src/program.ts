/** Which opslint runs: the one of the settings, the one that came along, one of the folder, the PATH's. */

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";

const NAME = process.platform === "win32" ? "opslint.exe" : "opslint";

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The program to start. A folder that is not trusted does not decide what runs. */
export async function findProgram(context: vscode.ExtensionContext): Promise<string> {
  const set = vscode.workspace.getConfiguration("opslint").get<string>("path", "").trim();
  const folders = vscode.workspace.workspaceFolders?.map((it) => it.uri.fsPath) ?? [];
  if (set) return path.resolve(folders[0] ?? homedir(), set.replace(/^~(?=[\\/])/, homedir()));
  const candidates = [path.join(context.extensionPath, "bin", NAME)];
  if (vscode.workspace.isTrusted) {
    const scripts = process.platform === "win32" ? "Scripts" : "bin";
    for (const folder of folders) {
      candidates.push(path.join(folder, ".venv", scripts, NAME), path.join(folder, "node_modules", ".bin", NAME));
    }
  }
  for (const it of candidates) if (await isProgram(it)) return it;
  return NAME;
}
