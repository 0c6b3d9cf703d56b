import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { LogOutputChannel } from "vscode";

export type Level = "debug" | "info" | "warn" | "error";

const LEVELS: Record<string, Level> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
};

/** The level a line of the server's stderr names first; a traceback's lines have that of the line before. */
export function levelOf(line: string, before: Level): Level {
  return LEVELS[/^[A-Z]+(?= )/.exec(line)?.[0] ?? ""] ?? before;
}

/** Puts the server's stderr into the log at its own levels; the language client would call all of it errors. */
export function logStderr(stderr: Readable, log: LogOutputChannel): void {
  let level: Level = "info";
  createInterface({ input: stderr, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
    level = levelOf(line, level);
    log[level](line);
  });
}
