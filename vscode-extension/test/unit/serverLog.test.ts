import assert from "node:assert/strict";
import { test } from "node:test";
import { levelOf } from "../../src/serverLog";

test("a line's first word is its level", () => {
  assert.equal(levelOf("WARNING no key", "info"), "warn");
  assert.equal(levelOf("CRITICAL gone", "info"), "error");
});

test("a line without a level goes with the one before", () => {
  assert.equal(levelOf('  File "a.py", line 1', "error"), "error");
  assert.equal(levelOf("ERRORS happen", "debug"), "debug");
  assert.equal(levelOf("", "info"), "info");
});
