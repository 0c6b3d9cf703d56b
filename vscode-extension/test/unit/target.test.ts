import assert from "node:assert/strict";
import { test } from "node:test";
import { readTarget } from "../../src/target";

test("a code action's argument names a program and a function", () => {
  const argument = { uri: "file:///a.py", name: "f" };
  assert.deepEqual(readTarget(argument), argument);
});

test("the name may be missing", () => {
  assert.deepEqual(readTarget({ uri: "file:///a.py" }), { uri: "file:///a.py" });
  assert.deepEqual(readTarget({ uri: "file:///a.py", name: 3 }), { uri: "file:///a.py" });
});

test("anything else is no target", () => {
  for (const argument of [undefined, null, "file:///a.py", {}, { uri: 1 }, { uri: "" }, []]) {
    assert.equal(readTarget(argument), undefined);
  }
});
