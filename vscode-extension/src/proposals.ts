import * as path from "node:path";
import {
  commands,
  type LogOutputChannel,
  l10n,
  Range,
  TabInputTextDiff,
  Uri,
  window,
  workspace,
} from "vscode";
import type { Documents } from "./documents";
import { applyEdits } from "./edits";
import { verdictText } from "./messages";
import { apply, type Proposal, reject } from "./protocol";
import type { Requests } from "./requests";

export type Decision = "apply" | "reject";

/** The proposed texts that can be decided on with the buttons of their diff editor. */
const UNDECIDED = "traceLsp.undecided";

/** Shows proposals beside the text they would change, and carries out what the person decides. */
export class Proposals {
  /** By the address of the proposed text. */
  private readonly undecided = new Map<string, Proposal>();

  constructor(
    private readonly requests: Requests,
    private readonly documents: Documents,
    private readonly log: LogOutputChannel,
  ) {}

  /** `before` is the text the proposal's edits were made for; without it, that is the text on disk. */
  async offer(proposal: Proposal, before: string | undefined): Promise<void> {
    this.record(proposal);
    const proposed = await this.showDiff(proposal, before);
    const decision = await askFor(proposal);
    if (decision) await this.carryOut(proposal, proposed, decision);
    else await this.leaveOpen(proposal, proposed);
  }

  /** For the buttons of the diff editor, which know only its text's address. */
  async decide(proposed: unknown, decision: Decision): Promise<void> {
    if (!(proposed instanceof Uri)) return;
    const proposal = this.undecided.get(proposed.toString());
    if (proposal) await this.carryOut(proposal, proposed, decision);
  }

  private record({ id, names, model, tokens, verdict, reasoning }: Proposal): void {
    const spent = `${model}, ${tokens.sent ?? "?"} tokens sent, ${tokens.received ?? "?"} received`;
    this.log.info(`Proposal ${id} for ${names.join(", ")} (${spent}). ${verdictText(verdict)}`);
    this.log.debug(reasoning);
  }

  private async showDiff(proposal: Proposal, before: string | undefined): Promise<Uri> {
    const uri = Uri.parse(proposal.uri);
    const name = path.posix.basename(uri.path);
    const now = (await workspace.openTextDocument(uri)).getText();
    const text = before ?? now;
    // Typing goes on while a model thinks. The server finds the edit's place again when it is applied.
    const original = text === now ? uri : this.documents.put(name, `${proposal.id}-before`, text);
    const proposed = this.documents.put(name, proposal.id, applyEdits(text, proposal.edits));
    const title = l10n.t("{0}: Suggestion for {1}", name, proposal.names.join(", "));
    // As a preview it would take the place of the program's own tab if that is one too.
    await commands.executeCommand("vscode.diff", original, proposed, title, { preview: false });
    return proposed;
  }

  private async carryOut(proposal: Proposal, proposed: Uri, decision: Decision): Promise<void> {
    const type = decision === "apply" ? apply : reject;
    const outcome = await this.requests.ask(type, { proposal: proposal.id });
    if (!outcome?.ok) return this.leaveOpen(proposal, proposed);
    this.undecided.delete(proposed.toString());
    await this.showButtons();
    await closeDiff(proposed);
    if (decision === "apply") await showEdited(proposal);
  }

  /** A notification that was closed cannot be asked for again, so the diff editor gets the same buttons. */
  private async leaveOpen(proposal: Proposal, proposed: Uri): Promise<void> {
    this.undecided.set(proposed.toString(), proposal);
    await this.showButtons();
  }

  private async showButtons(): Promise<void> {
    await commands.executeCommand("setContext", UNDECIDED, [...this.undecided.keys()]);
  }
}

async function askFor({ verdict }: Proposal): Promise<Decision | undefined> {
  const applyIt = l10n.t("Apply");
  const rejectIt = l10n.t("Reject");
  const show = verdict?.judgement === "worse" ? window.showWarningMessage : window.showInformationMessage;
  const answer = await show(verdictText(verdict), applyIt, rejectIt);
  if (answer === applyIt) return "apply";
  return answer === rejectIt ? "reject" : undefined;
}

async function closeDiff(proposed: Uri): Promise<void> {
  const tabs = window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      ({ input }) => input instanceof TabInputTextDiff && input.modified.toString() === proposed.toString(),
    );
  await window.tabGroups.close(tabs);
}

async function showEdited({ uri, edits }: Proposal): Promise<void> {
  const start = edits[0]?.range.start;
  const selection = start && new Range(start.line, start.character, start.line, start.character);
  await window.showTextDocument(Uri.parse(uri), { preview: false, ...(selection ? { selection } : {}) });
}
