import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import {
  type Candidate,
  expand,
  firstWorking,
  importProbe,
  type Probe,
  venvPython,
} from "../../src/interpreter";

const folder = mkdtempSync(path.join(tmpdir(), "trace-lsp-"));
after(() => rmSync(folder, { recursive: true }));

const CANDIDATES: Candidate[] = [
  { source: "setting", path: "/setting" },
  { source: "pythonExtension", path: "/extension" },
  { source: "venv", path: "/extension" },
  { source: "path", path: "python3" },
];

function probeKnowing(...working: string[]): { probe: Probe; asked: string[] } {
  const asked: string[] = [];
  const probe: Probe = async (python) => {
    asked.push(python);
    return working.includes(python) ? { version: "0.1.0" } : { reason: "not in it" };
  };
  return { probe, asked };
}

test("the first that works is taken, and no other is asked", async () => {
  const { probe, asked } = probeKnowing("/setting", "python3");
  const { found, refused } = await firstWorking(CANDIDATES, probe);
  assert.deepEqual(found, { source: "setting", path: "/setting", version: "0.1.0" });
  assert.deepEqual(refused, []);
  assert.deepEqual(asked, ["/setting"]);
});

test("those passed over are named with the reason, and asked once", async () => {
  const { probe, asked } = probeKnowing("python3");
  const { found, refused } = await firstWorking(CANDIDATES, probe);
  assert.equal(found?.source, "path");
  assert.deepEqual(
    refused.map(({ source, reason }) => [source, reason]),
    [
      ["setting", "not in it"],
      ["pythonExtension", "not in it"],
    ],
  );
  assert.deepEqual(asked, ["/setting", "/extension", "python3"]);
});

test("nothing is found where nothing works", async () => {
  const { found, refused } = await firstWorking(CANDIDATES, probeKnowing().probe);
  assert.equal(found, undefined);
  assert.equal(refused.length, 3);
});

test("a setting's ~ and workspace folder are expanded", () => {
  assert.equal(expand("~/env/bin/python", "/project", "/home/me"), "/home/me/env/bin/python");
  assert.equal(expand("$" + "{workspaceFolder}/env/bin/python", "/pro$&ject"), "/pro$&ject/env/bin/python");
  assert.equal(expand("env/bin/python", "/project"), "/project/env/bin/python");
});

test("a bare name is left to PATH, an absolute path to itself", () => {
  assert.equal(expand(" python3.12 ", "/project"), "python3.12");
  assert.equal(expand("/usr/bin/python3", "/project"), "/usr/bin/python3");
  assert.equal(expand("python3", undefined), "python3");
});

test("the Python of a .venv is where the platform puts it, if it is there", () => {
  assert.equal(venvPython(folder, "linux"), undefined);
  for (const parts of [
    ["bin", "python"],
    ["Scripts", "python.exe"],
  ]) {
    const python = path.join(folder, ".venv", ...parts);
    mkdirSync(path.dirname(python), { recursive: true });
    writeFileSync(python, "");
  }
  assert.equal(venvPython(folder, "linux"), path.join(folder, ".venv", "bin", "python"));
  assert.equal(venvPython(folder, "win32"), path.join(folder, ".venv", "Scripts", "python.exe"));
});

function script(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("a Python that imports the server answers with its version", async () => {
  assert.deepEqual(await importProbe(folder)(script("good", "echo 1.2.3")), { version: "1.2.3" });
});

test("one that does not says why in its last line", async () => {
  const python = script(
    "bad",
    "echo Traceback >&2; echo \"ModuleNotFoundError: No module named 'trace_lsp'\" >&2; exit 1",
  );
  assert.deepEqual(await importProbe(folder)(python), {
    reason: "ModuleNotFoundError: No module named 'trace_lsp'",
  });
});

test("one that is not there is passed over too", async () => {
  const answer = await importProbe(folder)(path.join(folder, "missing"));
  assert.match("reason" in answer ? answer.reason : "", /ENOENT/);
});
