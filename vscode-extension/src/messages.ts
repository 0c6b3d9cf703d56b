/** What the extension says to a person, each with a way out. What the server says, it shows itself. */

import { commands, env, type LogOutputChannel, l10n, window } from "vscode";
import type { Interpreter, Refusal, Source } from "./interpreter";
import { firstChange } from "./outputs";
import type { Verdict } from "./protocol";

const SETTING = "traceLsp.interpreter";

/** Why an interpreter was taken. */
export function why(source: Source): string {
  switch (source) {
    case "setting":
      return l10n.t("from the settings");
    case "environments":
      return l10n.t("from the Python Environments extension");
    case "pythonExtension":
      return l10n.t("from the Python extension");
    case "venv":
      return l10n.t("from the workspace's .venv");
    case "path":
      return l10n.t("from the PATH");
  }
}

/** What the trial run of a suggestion showed. */
export function verdictText(verdict: Verdict | null): string {
  if (!verdict) return l10n.t("The suggestion was not tried out.");
  const example = firstChange(verdict.outputs);
  return example ? `${judgementText(verdict)} (${example})` : judgementText(verdict);
}

function judgementText({ judgement, reason }: Verdict): string {
  switch (judgement) {
    case "better":
      return l10n.t("Tried out: better. {0}", reason);
    case "same":
      return l10n.t("Tried out: no different. {0}", reason);
    case "worse":
      return l10n.t("Tried out: worse. {0}", reason);
    case "unknown":
      return l10n.t("Tried out. {0}", reason);
  }
}

export class Messages {
  constructor(private readonly log: LogOutputChannel) {}

  async noInterpreter(refused: readonly Refusal[]): Promise<void> {
    for (const refusal of refused) this.log.error(refusalLine(refusal));
    await this.withSettings(
      "error",
      l10n.t(
        "Trace found no Python with trace-lsp in it. Install it with “pip install trace-lsp”, or name a Python that has it in the settings.",
      ),
    );
  }

  async passedOver(refused: readonly Refusal[], found: Interpreter): Promise<void> {
    for (const refusal of refused) this.log.info(refusalLine(refusal));
    const setting = refused.find(({ source }) => source === "setting");
    if (!setting) return;
    await this.withSettings(
      "warning",
      l10n.t(
        "Trace cannot use {0}, {1}: {2}. It uses {3} instead, {4}.",
        setting.path,
        why("setting"),
        setting.reason,
        found.path,
        why(found.source),
      ),
    );
  }

  async serverStopped(restart: () => void): Promise<void> {
    const again = l10n.t("Restart Server");
    const showLog = l10n.t("Show Log");
    const answer = await window.showErrorMessage(l10n.t("The Trace server has stopped."), again, showLog);
    if (answer === again) restart();
    if (answer === showLog) this.log.show();
  }

  async notRunning(): Promise<void> {
    await this.withLog(window.showWarningMessage, l10n.t("The Trace server is not running."));
  }

  async answerLost(): Promise<void> {
    await this.withLog(window.showErrorMessage, l10n.t("The Trace server ended before it could answer."));
  }

  async requestFailed(error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.log.error(reason);
    await this.withLog(window.showErrorMessage, l10n.t("Trace could not do that: {0}", reason));
  }

  noChange(reasoning: string): void {
    void window.showInformationMessage(l10n.t("No change suggested: {0}", reasoning));
  }

  openProgram(): void {
    void window.showInformationMessage(l10n.t("Open a saved Python file first."));
  }

  private async withLog(show: typeof window.showErrorMessage, text: string): Promise<void> {
    const showLog = l10n.t("Show Log");
    if ((await show(text, showLog)) === showLog) this.log.show();
  }

  private async withSettings(severity: "error" | "warning", text: string): Promise<void> {
    const show = severity === "error" ? window.showErrorMessage : window.showWarningMessage;
    const openSettings = l10n.t("Open Settings");
    const showLog = l10n.t("Show Log");
    const answer = await show(text, openSettings, showLog);
    if (answer === openSettings) await showSetting();
    if (answer === showLog) this.log.show();
  }
}

/** A setting of the machine's own is not among the user's settings while the workbench is elsewhere. */
async function showSetting(): Promise<void> {
  const page = env.remoteName ? "openRemoteSettings" : "openSettings";
  await commands.executeCommand(`workbench.action.${page}`, { query: SETTING });
}

function refusalLine({ path, source, reason }: Refusal): string {
  return l10n.t("Not used: {0}, {1}: {2}", path, why(source), reason);
}
