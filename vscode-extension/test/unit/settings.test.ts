import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsForServer } from "../../src/settings";

test("what is left empty is left out, at every depth", () => {
  const section = {
    python: "",
    arguments: [],
    timeout: 60,
    model: { provider: "", name: "m", baseUrl: null },
  };
  assert.deepEqual(settingsForServer(section, undefined), {
    arguments: [],
    timeout: 60,
    model: { name: "m" },
  });
});

test("the extension's own settings stay with it", () => {
  const section = { interpreter: "/usr/bin/python3", trace: { server: "verbose" }, timeout: 5 };
  assert.deepEqual(settingsForServer(section, undefined), { timeout: 5 });
});

test("programs run with the editor's interpreter unless one is set", () => {
  assert.deepEqual(settingsForServer({ python: "" }, "/env/bin/python"), { python: "/env/bin/python" });
  assert.deepEqual(settingsForServer({ python: "mine" }, "/env/bin/python"), { python: "mine" });
});

test("no section is no settings", () => {
  assert.deepEqual(settingsForServer(null, undefined), {});
});
