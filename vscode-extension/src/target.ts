/** What a code action or a lens says should be optimized. */
export interface Target {
  readonly uri: string;
  readonly name?: string;
}

/** The target in a command's first argument; none if it has another shape (menus pass their own things). */
export function readTarget(argument: unknown): Target | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  const { uri, name } = argument as { uri?: unknown; name?: unknown };
  if (typeof uri !== "string" || !uri) return undefined;
  return typeof name === "string" && name ? { uri, name } : { uri };
}
