import { type Progress, ProgressLocation, window } from "vscode";
import type {
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";

type Params = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

/** What is done before this time is not worth a notification. */
const PATIENCE_MS = 400;

/**
 * Shows the server's progress as notifications with a Cancel button.
 *
 * The server reports progress for everything it does, whoever asked (this extension, a code lens, a code
 * action), so this one place shows all of it, and requests are sent without a progress of their own: two
 * would be shown for one task. The language client would show the server's in the status bar, where the
 * way to cancel is two clicks away; a run and a model call should be stoppable at once.
 */
export class ServerProgress {
  private readonly tasks = new Map<ProgressToken, Task>();

  handle(token: ProgressToken, params: Params, cancel: () => void): void {
    if (params.kind === "begin") this.tasks.set(token, new Task(params, cancel));
    if (params.kind === "report") this.tasks.get(token)?.report(params);
    if (params.kind === "end") this.end(token);
  }

  /** Ends all that is shown: a server that is gone ends nothing itself. */
  clear(): void {
    for (const token of [...this.tasks.keys()]) this.end(token);
  }

  private end(token: ProgressToken): void {
    this.tasks.get(token)?.end();
    this.tasks.delete(token);
  }
}

class Task {
  private readonly timer: NodeJS.Timeout;
  private readonly ended: Promise<void>;
  private resolve: () => void = () => {};
  private progress: Progress<{ message?: string; increment?: number }> | undefined;
  private message: string | undefined;
  private percentage = 0;

  constructor(
    private readonly begin: WorkDoneProgressBegin,
    private readonly cancel: () => void,
  ) {
    this.message = begin.message;
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.timer = setTimeout(() => this.show(), PATIENCE_MS);
  }

  report({ message, percentage }: WorkDoneProgressReport): void {
    this.message = message ?? this.message;
    const increment = Math.max(0, (percentage ?? 0) - this.percentage);
    this.percentage += increment;
    this.progress?.report({ ...this.text(), ...(increment ? { increment } : {}) });
  }

  end(): void {
    clearTimeout(this.timer);
    this.resolve();
  }

  private show(): void {
    const { title, cancellable = false } = this.begin;
    void window.withProgress(
      { location: ProgressLocation.Notification, title, cancellable },
      (progress, token) => {
        this.progress = progress;
        token.onCancellationRequested(this.cancel);
        progress.report({ ...this.text(), ...(this.percentage ? { increment: this.percentage } : {}) });
        return this.ended;
      },
    );
  }

  private text(): { message?: string } {
    return this.message === undefined ? {} : { message: this.message };
  }
}
