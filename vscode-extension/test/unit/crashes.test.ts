import assert from "node:assert/strict";
import { test } from "node:test";
import { Crashes } from "../../src/crashes";

const MINUTE = 60_000;

test("the fourth end within three minutes is the last", () => {
  const crashes = new Crashes();
  const answers = [0, 1000, 2000, 3000].map((time) => crashes.mayRestart(time));
  assert.deepEqual(answers, [true, true, true, false]);
});

test("ends far apart are forgiven", () => {
  const crashes = new Crashes();
  for (let time = 0; time < 60 * MINUTE; time += 2 * MINUTE) assert.ok(crashes.mayRestart(time));
});

test("a restart by hand starts a new count", () => {
  const crashes = new Crashes();
  for (const time of [0, 1, 2, 3]) crashes.mayRestart(time);
  crashes.forget();
  assert.ok(crashes.mayRestart(4));
});
