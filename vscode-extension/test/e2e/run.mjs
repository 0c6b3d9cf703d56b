// The extension in a real workbench. Names of scenarios as arguments run only those.
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { scenarios } from "./scenarios.mjs";
import { openWorkbench } from "./workbench.mjs";

const shots = process.env.TRACE_LSP_E2E_SHOTS ?? mkdtempSync(path.join(tmpdir(), "trace-lsp-shots-"));
mkdirSync(shots, { recursive: true });

const wanted = process.argv.slice(2);
for (const [name, { options, play }] of Object.entries(scenarios)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const start = Date.now();
  const { workbench, setSettings, extensionLog, close } = await openWorkbench(options);
  const shoot = (step) =>
    workbench.page.screenshot({ path: path.join(shots, `${name}-${step}.png`), animations: "disabled" });
  try {
    await play(workbench, shoot, setSettings);
    console.log(`ok ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED ${name}`, error);
    await shoot("failed");
    console.error(extensionLog());
  } finally {
    await close();
  }
}
console.log(`Screenshots are in ${shots}`);
