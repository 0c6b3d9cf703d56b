import { type Disposable, LanguageStatusSeverity, l10n, languages } from "vscode";
import type { Server, ServerState } from "./client";
import { why } from "./messages";

/** The entry behind the `{}` of the status bar: what the server does, and with which Python. */
export class Status implements Disposable {
  private readonly item = languages.createLanguageStatusItem("traceLsp.status", { language: "python" });
  private readonly subscription: Disposable;

  constructor(server: Server) {
    this.item.name = "Trace";
    this.subscription = server.onDidChange((state) => this.show(state));
    this.show(server.state);
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(state: ServerState): void {
    const { text, detail, severity } = describe(state);
    this.item.text = text;
    this.item.detail = detail;
    this.item.severity = severity;
    this.item.busy = state.kind === "starting";
    this.item.command =
      state.kind === "untrusted"
        ? { title: l10n.t("Manage Trust"), command: "workbench.trust.manage" }
        : { title: l10n.t("Show Log"), command: "traceLsp.showLog" };
  }
}

function describe(state: ServerState): { text: string; detail: string; severity: LanguageStatusSeverity } {
  switch (state.kind) {
    case "untrusted":
      return {
        text: l10n.t("Trace: off"),
        detail: l10n.t("this folder is not trusted"),
        severity: LanguageStatusSeverity.Warning,
      };
    case "starting":
      return { text: l10n.t("Trace: starting"), detail: "", severity: LanguageStatusSeverity.Information };
    case "running": {
      const { path, source, version } = state.interpreter;
      return {
        text: l10n.t("Trace {0}", version),
        detail: l10n.t("{0}, {1}", path, why(source)),
        severity: LanguageStatusSeverity.Information,
      };
    }
    case "noInterpreter":
      return {
        text: l10n.t("Trace: off"),
        detail: l10n.t("no Python has trace-lsp in it"),
        severity: LanguageStatusSeverity.Error,
      };
    case "stopped":
      return {
        text: l10n.t("Trace: stopped"),
        detail: l10n.t("see the log"),
        severity: LanguageStatusSeverity.Error,
      };
  }
}
