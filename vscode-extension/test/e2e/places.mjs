// Where the things are that the workbench test needs and that `npm ci` does not bring.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const cache = process.env.TRACE_LSP_E2E_CACHE ?? path.join(homedir(), ".cache", "trace-lsp-e2e");

export const extension = path.resolve(here, "../../trace-lsp.vsix");
export const demo = path.resolve(here, "../../../trace_lsp/demo/workspace");
export const workspace = path.join(here, "workspace");
export const chromium = find("Chromium", process.env.TRACE_LSP_CHROMIUM, [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
]);
export const node = find("Node 24", process.env.TRACE_LSP_NODE, [
  path.join(cache, "node/node_modules/node/bin/node"),
]);
export const codeServer = find("code-server", process.env.TRACE_LSP_CODE_SERVER, [
  path.join(cache, "code-server/node_modules/code-server/out/node/entry.js"),
]);
export const python = find("A Python with trace-lsp", process.env.TRACE_LSP_PYTHON, [
  path.resolve(here, "../../../.venv/bin/python"),
]);

function find(what, named, known) {
  const found = [named, ...known].find((place) => place && existsSync(place));
  if (!found) throw new Error(`${what} is missing. Run test/e2e/install.sh, or name it in the environment.`);
  return found;
}
