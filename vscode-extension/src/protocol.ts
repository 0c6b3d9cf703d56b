/** The server's own requests, as `trace_lsp/server/PROTOCOL.md` describes them. */

import { type Range, RequestType } from "vscode-languageclient/node";

export interface Outcome {
  readonly ok: boolean;
  readonly kind: string;
  readonly message: string;
}

export interface RunResult extends Outcome {
  readonly seconds: number;
  readonly nodes: number;
  readonly calls: number;
  readonly failed: number;
  readonly output: string;
}

export interface Edit {
  readonly range: Range;
  readonly newText: string;
}

export interface Verdict {
  readonly judgement: "better" | "same" | "worse" | "unknown";
  readonly reason: string;
  readonly outputs: readonly Output[];
}

/** A value of the run before the change and after it; null where there was none. */
export interface Output {
  readonly label: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Proposal {
  readonly id: string;
  readonly uri: string;
  readonly names: readonly string[];
  readonly reasoning: string;
  readonly model: string;
  /** Null where the endpoint did not say. */
  readonly tokens: { readonly sent: number | null; readonly received: number | null };
  readonly verdict: Verdict | null;
  readonly edits: readonly Edit[];
}

export interface OptimizeResult extends Outcome {
  readonly proposal?: Proposal | null;
}

export interface TextResult extends Outcome {
  readonly text?: string;
}

export interface OptimizeParams {
  readonly uri: string;
  readonly name?: string;
  readonly position?: { readonly line: number; readonly character: number };
  readonly feedback?: string;
}

export type GraphFormat = "outline" | "mermaid" | "dot";

export const run = new RequestType<{ uri: string }, RunResult, void>("trace/run");
export const optimize = new RequestType<OptimizeParams, OptimizeResult, void>("trace/optimize");
export const apply = new RequestType<{ proposal: string }, Outcome, void>("trace/apply");
export const reject = new RequestType<{ proposal: string }, Outcome, void>("trace/reject");
export const showGraph = new RequestType<{ uri: string; format: GraphFormat }, TextResult, void>(
  "trace/showGraph",
);
