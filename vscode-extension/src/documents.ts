import { type Disposable, EventEmitter, type TextDocumentContentProvider, Uri, workspace } from "vscode";

export const SCHEME = "trace-lsp";

/** Read-only documents that exist only in the editor: graphs and proposed texts. */
export class Documents implements TextDocumentContentProvider, Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new EventEmitter<Uri>();
  private readonly subscriptions: Disposable[];
  readonly onDidChange = this.changed.event;

  constructor() {
    this.subscriptions = [
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
    ];
  }

  /** Makes a document, or changes the one of the same name and key. `name` is what its tab shows. */
  put(name: string, key: string, text: string): Uri {
    const uri = Uri.from({ scheme: SCHEME, path: `/${name}`, query: key });
    this.texts.set(uri.toString(), text);
    this.changed.fire(uri);
    return uri;
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
