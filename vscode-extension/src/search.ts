import { type Uri, workspace } from "vscode";
import { type Candidate, expand, firstWorking, importProbe, type Search, venvPython } from "./interpreter";
import type { PythonExtensions } from "./pythonExtensions";

/** Looks for a Python that can run the server: the setting, the Python extensions, `.venv`, PATH. */
export async function findInterpreter(extensions: PythonExtensions, cwd: string): Promise<Search> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const candidates = [
    ...fromSetting(folder),
    ...(await extensions.candidates(folder)),
    ...fromWorkspace(folder),
    { source: "path", path: "python3" } as const,
    { source: "path", path: "python" } as const,
  ];
  return firstWorking(candidates, importProbe(cwd));
}

/** The setting as it is in force, "" if it is not set. */
export function interpreterSetting(): string {
  const folder = workspace.workspaceFolders?.[0];
  return workspace.getConfiguration("traceLsp", folder).get("interpreter", "").trim();
}

function fromSetting(folder: Uri | undefined): Candidate[] {
  const value = interpreterSetting();
  return value ? [{ source: "setting", path: expand(value, folder?.fsPath) }] : [];
}

function fromWorkspace(folder: Uri | undefined): Candidate[] {
  const python = folder && venvPython(folder.fsPath);
  return python ? [{ source: "venv", path: python }] : [];
}
