import * as path from "node:path";
import { l10n, type QuickPickItem, Uri, ViewColumn, window, workspace } from "vscode";
import type { Documents } from "./documents";
import { type GraphFormat, showGraph } from "./protocol";
import type { Requests } from "./requests";

const EXTENSIONS: Record<GraphFormat, string> = { outline: "txt", mermaid: "mmd", dot: "dot" };

/** Shows the graph of a program's last run as text beside the editor. */
export async function openGraph(requests: Requests, documents: Documents, uri: string): Promise<void> {
  const format = await askFormat();
  if (!format) return;
  const result = await requests.ask(showGraph, { uri, format });
  if (!result?.ok || result.text === undefined) return;
  const name = `${path.posix.basename(Uri.parse(uri).path)} graph.${EXTENSIONS[format]}`;
  const document = await workspace.openTextDocument(documents.put(name, uri, result.text));
  await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preserveFocus: true });
}

async function askFormat(): Promise<GraphFormat | undefined> {
  const items: (QuickPickItem & { format: GraphFormat })[] = [
    { label: l10n.t("Outline"), description: l10n.t("to read"), format: "outline" },
    { label: "Mermaid", description: l10n.t("for Markdown"), format: "mermaid" },
    { label: "DOT", description: l10n.t("for Graphviz"), format: "dot" },
  ];
  return (await window.showQuickPick(items, { placeHolder: l10n.t("Show the graph as…") }))?.format;
}
