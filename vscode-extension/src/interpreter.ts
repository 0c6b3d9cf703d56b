import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";

export type Source = "setting" | "environments" | "pythonExtension" | "venv" | "path";

/** A Python that may have the server installed, and who named it. */
export interface Candidate {
  readonly source: Source;
  readonly path: string;
}

export interface Interpreter extends Candidate {
  /** The server's version in it. */
  readonly version: string;
}

export interface Refusal extends Candidate {
  readonly reason: string;
}

export interface Search {
  readonly found?: Interpreter;
  /** The candidates that were tried before, and why each was passed over. */
  readonly refused: readonly Refusal[];
}

export type Probe = (python: string) => Promise<{ version: string } | { reason: string }>;

/** Goes through the candidates in order and stops at the first in which the server can be imported. */
export async function firstWorking(candidates: readonly Candidate[], probe: Probe): Promise<Search> {
  const refused: Refusal[] = [];
  for (const candidate of unique(candidates)) {
    const answer = await probe(candidate.path);
    if ("version" in answer) return { found: { ...candidate, version: answer.version }, refused };
    refused.push({ ...candidate, reason: answer.reason });
  }
  return { refused };
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** `~` and `${workspaceFolder}` expanded; a relative path is the workspace's, a bare name is left to PATH. */
export function expand(value: string, folder: string | undefined, home = homedir()): string {
  let expanded = value.trim().replace(/^~(?=$|[/\\])/, () => home);
  if (folder === undefined) return expanded;
  expanded = expanded.replace(/\$\{workspaceFolder\}/g, () => folder);
  return /[/\\]/.test(expanded) && !path.isAbsolute(expanded) ? path.join(folder, expanded) : expanded;
}

/** The Python of the folder's `.venv`, if there is one. */
export function venvPython(folder: string, platform: NodeJS.Platform = process.platform): string | undefined {
  const parts = platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const python = path.join(folder, ".venv", ...parts);
  return existsSync(python) ? python : undefined;
}

const PROBE_SECONDS = 15;

/**
 * Asks a Python for the server's version. It runs in `cwd`, the folder the server will run in, because
 * `-c` and `-m` put the current folder first among the places modules are looked for.
 */
export function importProbe(cwd: string): Probe {
  return (python) =>
    new Promise((resolve) => {
      const code = "import trace_lsp; print(trace_lsp.__version__)";
      execFile(python, ["-c", code], { cwd, timeout: PROBE_SECONDS * 1000 }, (error, stdout, stderr) => {
        if (!error) return resolve({ version: stdout.trim() });
        const slow = error.killed ? `no answer within ${PROBE_SECONDS} seconds` : undefined;
        resolve({
          reason: slow ?? lastLine(stderr) ?? lastLine(error.message) ?? "it failed without a word",
        });
      });
    });
}

function lastLine(text: string): string | undefined {
  return text.trim().split(/\r?\n/).at(-1) || undefined;
}
