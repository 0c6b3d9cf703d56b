import { type Disposable, EventEmitter, type LogOutputChannel, workspace } from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type Executable,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
  State,
  TransportKind,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { Crashes } from "./crashes";
import { answerQuestions, offer } from "./editorModel";
import type { Interpreter } from "./interpreter";
import type { Messages } from "./messages";
import { ServerProgress } from "./progress";
import type { PythonExtensions } from "./pythonExtensions";
import { findInterpreter } from "./search";
import { logStderr } from "./serverLog";
import { settingsForServer } from "./settings";

export type ServerState =
  | { readonly kind: "untrusted" | "starting" | "noInterpreter" | "stopped" }
  | { readonly kind: "running"; readonly interpreter: Interpreter };

/** Stands around a command of the server's own, one that a lens or a code action calls. */
export type AroundCommand = (
  command: string,
  argument: unknown,
  next: () => Promise<unknown>,
) => Promise<unknown>;

/**
 * The language client's own notifications name requests and internals. What a person needs to know is
 * said by `Messages` and by the server; the rest belongs in the log.
 */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** The language server: one process at a time, started, restarted and watched. */
export class Server implements Disposable {
  private readonly changed = new EventEmitter<ServerState>();
  private readonly progress = new ServerProgress();
  private readonly crashes = new Crashes();
  private current: ServerState = { kind: "stopped" };
  private running: LanguageClient | undefined;
  /** Starts and stops come one after another: two at once would leave a process behind. */
  private queue: Promise<void> = Promise.resolve();
  readonly onDidChange = this.changed.event;
  aroundCommand: AroundCommand = (_command, _argument, next) => next();

  /** `home` is the folder the server runs in. */
  constructor(
    private readonly log: LogOutputChannel,
    private readonly messages: Messages,
    private readonly extensions: PythonExtensions,
    private readonly home: string,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  /** The client, once the server can be asked something; none if it does not run. */
  async client(): Promise<LanguageClient | undefined> {
    await this.queue;
    return this.running?.isRunning() ? this.running : undefined;
  }

  /** Starts the server, or ends the one that runs and starts another. */
  restart(): Promise<void> {
    return this.enqueue(async () => {
      this.crashes.forget();
      await this.end();
      await this.start();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.end());
  }

  dispose(): void {
    this.changed.dispose();
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step).catch((error) => this.log.error(String(error)));
    return this.queue;
  }

  private become(state: ServerState): void {
    this.current = state;
    this.changed.fire(state);
  }

  private async end(): Promise<void> {
    const client = this.running;
    this.running = undefined;
    this.progress.clear();
    if (!client) return;
    // A client can be ended only while it runs: one that is starting again after a crash is waited for, and
    // one that never started has left nothing behind.
    if (client.state === State.Starting) await client.start().catch(() => undefined);
    if (client.isRunning()) await client.dispose();
  }

  private async start(): Promise<void> {
    if (!workspace.isTrusted) return this.become({ kind: "untrusted" });
    this.become({ kind: "starting" });
    const { found, refused } = await findInterpreter(this.extensions, this.home);
    if (!found) {
      this.become({ kind: "noInterpreter" });
      void this.messages.noInterpreter(refused);
      return;
    }
    void this.messages.passedOver(refused, found);
    await this.launch(found);
  }

  private async launch(interpreter: Interpreter): Promise<void> {
    this.log.info(`${interpreter.path} -m trace_lsp --stdio (trace-lsp ${interpreter.version})`);
    const client = new QuietClient("traceLsp", "Trace", this.executable(interpreter), this.options());
    this.running = client;
    answerQuestions(client);
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.become({ kind: "running", interpreter });
      else this.progress.clear();
    });
    try {
      await client.start();
    } catch (error) {
      this.log.error(String(error));
      this.stopped();
    }
  }

  private executable(interpreter: Interpreter): Executable {
    return {
      command: interpreter.path,
      args: ["-m", "trace_lsp"],
      transport: TransportKind.stdio,
      // With `-m`, modules in the current folder hide installed ones, and a workspace may have any.
      options: { cwd: this.home },
    };
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [{ language: "python", scheme: "file" }],
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: { feedbackCommand: "traceLsp.optimizeWithFeedback", ...offer() },
      initializationFailedHandler: () => false,
      stdioOptions: { stdout: () => {}, stderr: logStderr },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.closed(),
      },
      middleware: this.middleware(),
    };
  }

  /** The process ended by itself. At its first start the reason will not go away by starting it again. */
  private closed(): CloseHandlerResult {
    if (this.current.kind === "running" && this.crashes.mayRestart()) {
      this.become({ kind: "starting" });
      return { action: CloseAction.Restart, handled: true };
    }
    this.stopped();
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private stopped(): void {
    if (this.current.kind === "stopped") return;
    this.become({ kind: "stopped" });
    void this.messages.serverStopped(() => this.restart());
  }

  private middleware(): Middleware {
    return {
      handleWorkDoneProgress: (token, params, next) => {
        const cancel = () =>
          this.running?.sendNotification(WorkDoneProgressCancelNotification.type, { token });
        this.progress.handle(token, params, () => void cancel());
        // The client has shown nothing for it, but an end makes it let go of the token.
        if (params.kind === "end") next(token, params);
      },
      executeCommand: (command, args, next) =>
        this.aroundCommand(command, args[0], async () => next(command, args)),
      workspace: {
        configuration: async (params, token, next) => {
          const values = await next(params, token);
          if (!Array.isArray(values)) return values;
          return Promise.all(
            values.map((value, index) =>
              params.items[index]?.section === "traceLsp" ? this.settings(value) : value,
            ),
          );
        },
        // Without values, so that the server asks for them and gets what the handler above makes of them.
        didChangeConfiguration: (_sections, next) => next(undefined),
      },
    };
  }

  private async settings(section: unknown): Promise<object> {
    const [active] = await this.extensions.candidates(workspace.workspaceFolders?.[0]?.uri);
    return settingsForServer(section, active?.path);
  }
}
