import type { Output } from "./protocol";

/** So much of a value fits into a notification. */
const SHOWN = 60;

/** The first output that a suggestion changes, on one line; nothing if it changes none. */
export function firstChange(outputs: readonly Output[]): string | undefined {
  const changed = outputs.filter(({ before, after }) => before !== after);
  const [first] = changed;
  if (!first) return undefined;
  const line = `${first.label}: ${shortened(first.before)} → ${shortened(first.after)}`;
  return changed.length > 1 ? `${line} (+${changed.length - 1})` : line;
}

function shortened(value: string | null): string {
  const line = (value ?? "–").replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
