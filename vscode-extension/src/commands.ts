import { commands, type Disposable, type LogOutputChannel, Uri, window, workspace } from "vscode";
import type { Server } from "./client";
import type { Documents } from "./documents";
import type { FeedbackPrompt } from "./feedback";
import { openGraph } from "./graph";
import type { Messages } from "./messages";
import type { Proposals } from "./proposals";
import { type OptimizeParams, type OptimizeResult, optimize, type RunResult, run } from "./protocol";
import type { Requests } from "./requests";
import { readTarget } from "./target";

export interface Parts {
  readonly server: Server;
  readonly requests: Requests;
  readonly documents: Documents;
  readonly proposals: Proposals;
  readonly prompt: FeedbackPrompt;
  readonly messages: Messages;
  readonly log: LogOutputChannel;
}

/** The extension's commands. Those named `trace-lsp.*` are the server's, and the language client's to register. */
export function registerCommands(parts: Parts): Disposable[] {
  const { server, log, proposals } = parts;
  const actions: Record<string, (argument: unknown) => unknown> = {
    run: (argument) => runProgram(parts, argument),
    optimizeWithFeedback: (argument) => optimizeWithFeedback(parts, argument),
    showGraph: (argument) =>
      withProgram(parts, argument, (uri) => openGraph(parts.requests, parts.documents, uri)),
    restartServer: () => server.restart(),
    showLog: () => log.show(),
    applyProposal: (proposed) => proposals.decide(proposed, "apply"),
    rejectProposal: (proposed) => proposals.decide(proposed, "reject"),
  };
  server.aroundCommand = async (command, argument, next) => {
    const before = textOf(readTarget(argument)?.uri);
    const result = await next();
    if (command === "trace-lsp.run") showRun(parts, result as RunResult);
    if (command === "trace-lsp.optimize") void showOptimized(parts, result as OptimizeResult, before);
    return result;
  };
  return Object.entries(actions).map(([name, action]) =>
    commands.registerCommand(`traceLsp.${name}`, action),
  );
}

/** Acts on the program that the argument names, or else on the one in the active editor. */
async function withProgram(
  { messages }: Parts,
  argument: unknown,
  action: (uri: string) => Promise<void>,
): Promise<void> {
  const uri = readTarget(argument)?.uri ?? activeProgram();
  if (uri) await action(uri);
  else messages.openProgram();
}

function activeProgram(): string | undefined {
  const document = window.activeTextEditor?.document;
  return document?.languageId === "python" && document.uri.scheme === "file"
    ? document.uri.toString()
    : undefined;
}

function runProgram(parts: Parts, argument: unknown): Promise<void> {
  return withProgram(parts, argument, async (uri) => {
    showRun(parts, await parts.requests.ask(run, { uri }));
  });
}

function optimizeWithFeedback(parts: Parts, argument: unknown): Promise<void> {
  return withProgram(parts, argument, async (uri) => {
    const place = placeOf(uri, readTarget(argument)?.name);
    const feedback = await parts.prompt.ask(place.name);
    if (feedback === undefined) return;
    const before = textOf(uri);
    const result = await parts.requests.ask(optimize, { ...place, ...(feedback ? { feedback } : {}) });
    await showOptimized(parts, result, before);
  });
}

/** A result that is not ok needs no more: the server has said why. */
function showRun({ log }: Parts, result: RunResult | undefined): void {
  if (!result?.ok) return;
  log.info(result.message);
  if (result.output) log.info(result.output);
  window.setStatusBarMessage(result.message, 5000);
}

/** `before` is the program's text when the server was asked: a proposal's edits belong to that one. */
async function showOptimized(
  parts: Parts,
  result: OptimizeResult | undefined,
  before: string | undefined,
): Promise<void> {
  if (!result?.ok || !result.proposal) return;
  if (result.kind === "ready") await parts.proposals.offer(result.proposal, before);
  if (result.kind === "noChange") parts.messages.noChange(result.proposal.reasoning || result.message);
}

function textOf(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  const address = Uri.parse(uri).toString();
  return workspace.textDocuments.find((document) => document.uri.toString() === address)?.getText();
}

/** What to optimize: the named function, or the one the cursor is in, which the server finds. */
function placeOf(uri: string, name: string | undefined): OptimizeParams {
  if (name) return { uri, name };
  const editor = window.activeTextEditor;
  if (editor?.document.uri.toString() !== uri) return { uri };
  const { line, character } = editor.selection.active;
  return { uri, position: { line, character } };
}
