/** The settings only the extension reads; the server would not know them. */
const EXTENSION_ONLY = new Set(["interpreter", "trace"]);

/**
 * The `traceLsp` section as the server should read it: what was left empty is left out, so that the
 * server's own defaults hold, and programs run with the editor's interpreter unless one is set.
 */
export function settingsForServer(section: unknown, activePython: string | undefined): object {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(withoutEmpty(section))) {
    if (!EXTENSION_ONLY.has(key)) settings[key] = value;
  }
  return activePython && settings.python === undefined ? { ...settings, python: activePython } : settings;
}

function withoutEmpty(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) return {};
  const kept: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    if (entry === "" || entry === null || entry === undefined) continue;
    kept[key] = isObject(entry) ? withoutEmpty(entry) : entry;
  }
  return kept;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
