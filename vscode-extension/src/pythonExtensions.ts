import type { Disposable, Event, Extension, Uri } from "vscode";
import type { Candidate } from "./interpreter";

const ENVIRONMENTS_ID = "ms-python.vscode-python-envs";
const PYTHON_ID = "ms-python.python";

/** The parts of the Python Environments extension's interface that are used here. */
interface EnvironmentsApi {
  getEnvironment(
    scope: Uri | undefined,
  ): Promise<{ execInfo?: { run?: { executable?: string } } } | undefined>;
  readonly onDidChangeEnvironment?: Event<unknown>;
}

/** The parts of the Python extension's interface that are used here. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<{ executable: { uri?: Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath?: Event<unknown>;
  };
}

type LookUp = (id: string) => Pick<Extension<unknown>, "activate"> | undefined;
type Complain = (message: string) => void;

/** What the extensions that manage Pythons say is the interpreter in use. */
export class PythonExtensions {
  constructor(
    private readonly lookUp: LookUp,
    private readonly complain: Complain,
  ) {}

  /** The Python in use for `scope`, first the one that the Python Environments extension names. */
  async candidates(scope: Uri | undefined): Promise<Candidate[]> {
    const environments = await this.fromEnvironments(scope);
    const python = await this.fromPython(scope);
    return [
      ...(environments ? [{ source: "environments", path: environments } as const] : []),
      ...(python ? [{ source: "pythonExtension", path: python } as const] : []),
    ];
  }

  /** Calls `listener` whenever another Python is chosen for `scope`; the extensions report more than that. */
  async onDidChange(scope: Uri | undefined, listener: () => void): Promise<Disposable[]> {
    const environments = await this.api<EnvironmentsApi>(ENVIRONMENTS_ID);
    const python = await this.api<PythonApi>(PYTHON_ID);
    let known = JSON.stringify(await this.candidates(scope));
    const compare = async () => {
      const now = JSON.stringify(await this.candidates(scope));
      if (now === known) return;
      known = now;
      listener();
    };
    const events = [
      environments?.onDidChangeEnvironment,
      python?.environments?.onDidChangeActiveEnvironmentPath,
    ];
    return events.flatMap((event) => (event ? [event(() => void compare())] : []));
  }

  private async fromEnvironments(scope: Uri | undefined): Promise<string | undefined> {
    return this.guarded(ENVIRONMENTS_ID, async () => {
      const api = await this.api<EnvironmentsApi>(ENVIRONMENTS_ID);
      const environment = await api?.getEnvironment(scope);
      return environment?.execInfo?.run?.executable;
    });
  }

  private async fromPython(scope: Uri | undefined): Promise<string | undefined> {
    return this.guarded(PYTHON_ID, async () => {
      const environments = (await this.api<PythonApi>(PYTHON_ID))?.environments;
      const active = environments?.getActiveEnvironmentPath(scope);
      if (!environments || !active) return undefined;
      // The active path may be a folder (a conda environment); only the resolved one is sure to be a Python.
      const resolved = await environments.resolveEnvironment(active);
      return resolved?.executable.uri?.fsPath;
    });
  }

  private async api<T>(id: string): Promise<T | undefined> {
    const extension = this.lookUp(id);
    return extension && this.guarded(id, async () => (await extension.activate()) as T);
  }

  /** Another extension's failure must not keep this one from starting. */
  private async guarded<T>(id: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.complain(`${id}: ${error}`);
      return undefined;
    }
  }
}
