import assert from "node:assert/strict";
import { test } from "node:test";
import { readHistory, remembered } from "../../src/history";

test("the newest comes first, and once", () => {
  assert.deepEqual(remembered(["faster", "simpler"], " simpler "), ["simpler", "faster"]);
});

test("nothing is remembered of an empty answer", () => {
  assert.deepEqual(remembered(["faster"], "  "), ["faster"]);
});

test("the oldest are forgotten", () => {
  const many = Array.from({ length: 30 }, (_, index) => `feedback ${index}`);
  const entries = many.reduce<string[]>((history, entry) => remembered(history, entry), []);
  assert.equal(entries.length, 20);
  assert.equal(entries[0], "feedback 29");
  assert.equal(entries.at(-1), "feedback 10");
});

test("a store that holds something else is an empty history", () => {
  assert.deepEqual(readHistory(undefined), []);
  assert.deepEqual(readHistory({ 0: "a" }), []);
  assert.deepEqual(readHistory(["a", 1, null, "b"]), ["a", "b"]);
});
