import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonExtensions } from "../../src/pythonExtensions";

const ENVIRONMENTS = "ms-python.vscode-python-envs";
const PYTHON = "ms-python.python";

function extensionsWith(apis: Record<string, unknown>): {
  extensions: PythonExtensions;
  complaints: string[];
} {
  const complaints: string[] = [];
  const lookUp = (id: string) => (id in apis ? { activate: async () => apis[id] } : undefined);
  return { extensions: new PythonExtensions(lookUp, (text) => complaints.push(text)), complaints };
}

const environments = {
  getEnvironment: async () => ({ execInfo: { run: { executable: "/envs/bin/python" } } }),
};
const python = {
  environments: {
    getActiveEnvironmentPath: () => ({ path: "/conda" }),
    resolveEnvironment: async () => ({ executable: { uri: { fsPath: "/conda/bin/python" } } }),
  },
};

test("with neither extension there is no candidate", async () => {
  assert.deepEqual(await extensionsWith({}).extensions.candidates(undefined), []);
});

test("Python Environments comes before the Python extension", async () => {
  const { extensions } = extensionsWith({ [PYTHON]: python, [ENVIRONMENTS]: environments });
  assert.deepEqual(await extensions.candidates(undefined), [
    { source: "environments", path: "/envs/bin/python" },
    { source: "pythonExtension", path: "/conda/bin/python" },
  ]);
});

test("an extension that fails, or offers nothing, does not stand in the way", async () => {
  const failing = {
    getEnvironment: async () => {
      throw new Error("not ready");
    },
  };
  const { extensions, complaints } = extensionsWith({ [ENVIRONMENTS]: failing, [PYTHON]: {} });
  assert.deepEqual(await extensions.candidates(undefined), []);
  assert.deepEqual(complaints, [`${ENVIRONMENTS}: Error: not ready`]);
});

test("only another choice is heard", async () => {
  let report = () => {};
  const event = (listener: () => void) => {
    report = listener;
    return { dispose() {} };
  };
  let executable = "/one/bin/python";
  const changing = {
    getEnvironment: async () => ({ execInfo: { run: { executable } } }),
    onDidChangeEnvironment: event,
  };
  const { extensions } = extensionsWith({ [ENVIRONMENTS]: changing, [PYTHON]: python });
  let heard = 0;
  await extensions.onDidChange(undefined, () => {
    heard += 1;
  });
  report();
  await settled();
  assert.equal(heard, 0);
  executable = "/two/bin/python";
  report();
  report();
  await settled();
  assert.equal(heard, 1);
});

/** Everything that waits for nothing outside has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
