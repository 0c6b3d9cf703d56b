import type { Edit } from "./protocol";

interface Place {
  readonly line: number;
  readonly character: number;
}

/** `text` with `edits` applied: positions are LSP's (UTF-16, lines end with `\r\n`, `\n` or `\r` only). */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const lines = lineSpans(text);
  const spans = edits
    .map(({ range, newText }) => ({ start: offset(range.start), end: offset(range.end), newText }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let result = "";
  let done = 0;
  for (const { start, end, newText } of spans) {
    if (start < done || end < start) throw new RangeError("The edits overlap.");
    result += text.slice(done, start) + newText;
    done = end;
  }
  return result + text.slice(done);

  function offset({ line, character }: Place): number {
    const span = lines[line];
    return span ? Math.min(span.start + character, span.end) : text.length;
  }
}

/** Where each line starts, and where it ends without its line ending. */
function lineSpans(text: string): { start: number; end: number }[] {
  const spans = [];
  let start = 0;
  for (const ending of text.matchAll(/\r\n|\n|\r/g)) {
    spans.push({ start, end: ending.index });
    start = ending.index + ending[0].length;
  }
  spans.push({ start, end: text.length });
  return spans;
}
