import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, kindOf, type Spoken, total, withoutSystem } from "../../src/question";

const system: Spoken = { role: "system", text: "Be brief." };
const hello: Spoken = { role: "user", text: "Hello" };
const hi: Spoken = { role: "assistant", text: "Hi" };

test("what the system says stands before the user's first words", () => {
  assert.deepEqual(withoutSystem([system, hello, hi, hello]), [
    { role: "user", text: "Be brief.\n\nHello" },
    hi,
    hello,
  ]);
  assert.deepEqual(withoutSystem([system, hi, system, hello]), [
    hi,
    { role: "user", text: "Be brief.\n\nBe brief.\n\nHello" },
  ]);
});

test("without a system, or without a user", () => {
  assert.deepEqual(withoutSystem([hello, hi]), [hello, hi]);
  assert.deepEqual(withoutSystem([system]), [{ role: "user", text: "Be brief." }]);
  assert.deepEqual(withoutSystem([system, hi]), [{ role: "user", text: "Be brief." }, hi]);
});

test("the model that the settings name, or the first", () => {
  const models = [
    { id: "1", family: "small", name: "Small 1" },
    { id: "2", family: "large", name: "Large 2" },
  ];
  for (const name of ["2", "large", "Large 2"]) assert.equal(choose(models, name), models[1]);
  assert.equal(choose(models, ""), models[0]);
  assert.equal(choose(models, "medium"), undefined);
  assert.equal(choose([], ""), undefined);
});

test("what an error means", () => {
  const kinds = ["NotFound", "NoPermissions", "Blocked", "Unknown"].map((code) =>
    kindOf(Object.assign(new Error(), { code })),
  );
  assert.deepEqual(kinds, ["noModel", "keyRefused", "rateLimited", "modelRejected"]);
  assert.equal(kindOf(new Error("a provider's own")), "modelRejected");
  assert.equal(kindOf(undefined), "modelRejected");
});

test("tokens, where they can be counted", async () => {
  const count = async (text: string) => {
    if (!text) throw new Error("nothing to count");
    return text.length;
  };
  assert.equal(await total(["ab", "abc"], count), 5);
  assert.equal(await total(["ab", ""], count), undefined);
});
