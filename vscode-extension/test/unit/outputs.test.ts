import assert from "node:assert/strict";
import { test } from "node:test";
import { firstChange } from "../../src/outputs";

test("nothing changed, nothing to show", () => {
  assert.equal(firstChange([]), undefined);
  assert.equal(firstChange([{ label: "f(1)", before: "2", after: "2" }]), undefined);
});

test("the first change is shown, the others counted", () => {
  const outputs = [
    { label: "f(1)", before: "2", after: "2" },
    { label: "f(2)", before: "3", after: "4" },
    { label: "f(3)", before: null, after: "5" },
  ];
  assert.equal(firstChange(outputs), "f(2): 3 → 4 (+1)");
  assert.equal(firstChange(outputs.slice(2)), "f(3): – → 5");
});

test("a long value is cut, a value of several lines put on one", () => {
  const shown = firstChange([{ label: "f", before: "a\n  b", after: "x".repeat(100) }]);
  assert.equal(shown, `f: a b → ${"x".repeat(60)}…`);
});
