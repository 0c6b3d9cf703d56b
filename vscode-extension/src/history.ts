const LIMIT = 20;

/** `entries` with `entry` first, once, and no more than are worth offering again. */
export function remembered(entries: readonly string[], entry: string): string[] {
  const text = entry.trim();
  if (!text) return [...entries];
  return [text, ...entries.filter((other) => other !== text)].slice(0, LIMIT);
}

/** What a store holds, if it is a list of strings; an older version may have left something else. */
export function readHistory(stored: unknown): string[] {
  return Array.isArray(stored) ? stored.filter((entry): entry is string => typeof entry === "string") : [];
}
