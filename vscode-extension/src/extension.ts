import { type Disposable, type ExtensionContext, extensions, window, workspace } from "vscode";
import { Server } from "./client";
import { registerCommands } from "./commands";
import { Documents } from "./documents";
import { isMeant } from "./editorModel";
import { FeedbackPrompt } from "./feedback";
import { Messages } from "./messages";
import { Proposals } from "./proposals";
import { PythonExtensions } from "./pythonExtensions";
import { Requests } from "./requests";
import { interpreterSetting } from "./search";
import { Status } from "./status";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Trace", { log: true });
  const messages = new Messages(log);
  const pythons = new PythonExtensions(
    (id) => extensions.getExtension(id),
    (complaint) => log.warn(complaint),
  );
  server = new Server(log, messages, pythons, context.extensionPath);
  const started = server;
  const requests = new Requests(server, messages);
  const documents = new Documents();
  const proposals = new Proposals(requests, documents, log);
  const prompt = new FeedbackPrompt(context.workspaceState);
  context.subscriptions.push(
    log,
    server,
    documents,
    new Status(server),
    ...registerCommands({ server, requests, documents, proposals, prompt, messages, log }),
    workspace.onDidGrantWorkspaceTrust(() => started.restart()),
    onDidChangeSetting(() => started.restart()),
  );
  await server.restart();
  const folder = workspace.workspaceFolders?.[0]?.uri;
  context.subscriptions.push(...(await pythons.onDidChange(folder, () => started.restart())));
}

/**
 * The settings that count when the server starts. Granting trust reports every restricted setting as changed,
 * so the values themselves are compared.
 */
function onDidChangeSetting(listener: () => void): Disposable {
  const read = () => `${interpreterSetting()} ${isMeant()}`;
  let known = read();
  return workspace.onDidChangeConfiguration(() => {
    const now = read();
    if (now === known) return;
    known = now;
    listener();
  });
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
