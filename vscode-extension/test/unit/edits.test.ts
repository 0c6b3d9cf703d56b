import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "../../src/edits";
import type { Edit } from "../../src/protocol";

function edit(from: [number, number], to: [number, number], newText: string): Edit {
  const [start, end] = [from, to].map(([line, character]) => ({ line, character }));
  return { range: { start, end } as Edit["range"], newText };
}

test("without edits the text stays", () => {
  assert.equal(applyEdits("a\nb\n", []), "a\nb\n");
});

test("edits hold against the original text, in whatever order they come", () => {
  const edits = [edit([1, 0], [1, 3], "TWO"), edit([0, 0], [0, 3], "one and a half\nmore")];
  assert.equal(applyEdits("one\ntwo\nthree", edits), "one and a half\nmore\nTWO\nthree");
});

test("insertions at one place keep their order", () => {
  assert.equal(applyEdits("x", [edit([0, 0], [0, 0], "1"), edit([0, 0], [0, 0], "2")]), "12x");
});

test("a line ends at CRLF, LF and CR, and at nothing else", () => {
  assert.equal(applyEdits("a\r\nb\rc\nd", [edit([1, 0], [3, 1], "-")]), "a\r\n-");
  assert.equal(applyEdits("a\u2028b\fc\nd", [edit([1, 0], [1, 1], "-")]), "a\u2028b\fc\n-");
});

test("characters are UTF-16 units", () => {
  assert.equal(applyEdits("😀x = 1", [edit([0, 2], [0, 3], "y")]), "😀y = 1");
});

test("a character beyond the line stops before its ending, a line beyond the text is its end", () => {
  assert.equal(applyEdits("ab\r\ncd", [edit([0, 1], [0, 99], "-")]), "a-\r\ncd");
  assert.equal(applyEdits("ab\n", [edit([7, 0], [7, 5], "end")]), "ab\nend");
});

test("edits that overlap are refused", () => {
  const edits = [edit([0, 0], [0, 3], "x"), edit([0, 2], [0, 4], "y")];
  assert.throws(() => applyEdits("abcdef", edits), RangeError);
});
