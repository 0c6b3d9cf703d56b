// VS Code in a browser: code-server on a port of its own, driven through Chromium. Nothing leaves the machine.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import * as places from "./places.mjs";

const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "json.schemaDownload.enable": false,
  "npm.fetchOnlinePackageInfo": false,
  "editor.minimap.enabled": false,
  "files.hotExit": "off",
};

const CHROMIUM_ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** Opens a workbench on a copy of the test's workspace. `extraFiles` are written into that copy. */
export async function openWorkbench({ settings, trusted = true, extraFiles = {}, env = {} }) {
  const home = mkdtempSync(path.join(tmpdir(), "trace-lsp-e2e-"));
  const folder = (name) => path.join(home, name);
  cpSync(places.workspace, folder("workspace"), { recursive: true });
  for (const [name, text] of Object.entries(extraFiles)) {
    mkdirSync(path.dirname(path.join(folder("workspace"), name)), { recursive: true });
    writeFileSync(path.join(folder("workspace"), name), text);
  }
  writeSettings(folder("user/User"), QUIET_SETTINGS);
  // The browser's workbench is a remote one: settings of the machine scope count only here.
  writeSettings(folder("user/Machine"), settings(folder));
  writeFileSync(folder("config.yaml"), "");
  const server = await startCodeServer(folder, trusted, env);
  const context = await chromium.launchPersistentContext(folder("profile"), {
    executablePath: places.chromium,
    args: CHROMIUM_ARGUMENTS,
    viewport: { width: 1280, height: 800 },
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(server.address);
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
  const close = async () => {
    await context.close();
    await server.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const setSettings = (values) => writeSettings(folder("user/Machine"), values);
  return {
    workbench: new Workbench(page),
    setSettings,
    extensionLog: () => readLog(folder("user/logs")),
    close,
  };
}

function writeSettings(folder, settings) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "settings.json"), JSON.stringify(settings));
}

/** What the extension has written into its log channel. */
function readLog(logs) {
  const files = readdirSync(logs, { recursive: true }).filter((name) => /trace-lsp.*\.log$/i.test(name));
  return files.map((name) => readFileSync(path.join(logs, name), "utf8")).join("\n");
}

async function startCodeServer(folder, trusted, extraEnv) {
  const port = await freePort();
  const common = ["--config", folder("config.yaml"), "--user-data-dir", folder("user")];
  const extensions = ["--extensions-dir", folder("extensions")];
  const env = { ...process.env, HOME: home(folder), EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...extraEnv };
  const run = [places.codeServer, ...common, ...extensions];
  execFileSync(places.node, [...run, "--install-extension", places.extension], { env, stdio: "pipe" });
  const options = [
    "--auth=none",
    `--bind-addr=127.0.0.1:${port}`,
    "--reconnection-grace-time=3",
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-getting-started-override",
    ...(trusted ? ["--disable-workspace-trust"] : []),
  ];
  const child = spawn(places.node, [...run, ...options, folder("workspace")], { env, stdio: "ignore" });
  const address = `http://127.0.0.1:${port}/`;
  await answering(`${address}healthz`, child);
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill();
      }),
  };
}

function home(folder) {
  mkdirSync(folder("home"), { recursive: true });
  return folder("home");
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until there is an answer: a server that is not up yet has no event to wait for. */
async function answering(address, child) {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("code-server did not come up");
}

/** What a person does in the workbench, and sees there. */
export class Workbench {
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(30_000);
  }

  get input() {
    return this.page.locator(".quick-input-widget:visible input[type=text]");
  }

  get rows() {
    return this.page.locator(".quick-input-list .monaco-list-row");
  }

  /** The quick input that asks `question`. */
  box(question) {
    return this.page.locator(".quick-input-widget:visible", { hasText: question });
  }

  lens(text) {
    return this.page.locator(".codelens-decoration a", { hasText: text }).first();
  }

  notification(text) {
    return this.page.locator(".notification-toast", { hasText: text });
  }

  /** The visible text of an editor, or of one side of a diff editor. */
  async text(within = ".editor-instance .monaco-editor") {
    const lines = await this.page
      .locator(`${within} .view-lines`)
      .last()
      .locator(".view-line")
      .evaluateAll((elements) =>
        elements.map((element) => ({ top: Number.parseFloat(element.style.top), text: element.textContent })),
      );
    const ordered = lines.sort((a, b) => a.top - b.top).map(({ text }) => text.replaceAll("\u00a0", " "));
    return ordered.join("\n");
  }

  /** Waits until an editor's visible text is as `accept` wants it. */
  async textBecomes(accept, within) {
    const deadline = Date.now() + 20_000;
    let text = "";
    while (Date.now() < deadline) {
      text = await this.text(within).catch(() => "");
      if (accept(text)) return text;
      await this.page.evaluate(() => new Promise(requestAnimationFrame));
    }
    throw new Error(`The editor never came to show what was expected. Last:\n${text}`);
  }

  async openFile(name) {
    await this.page.keyboard.press("Control+P");
    await this.input.fill(name);
    await this.rows.filter({ hasText: name }).first().click();
    await this.page.locator(".tabs-container .tab.active", { hasText: name }).waitFor();
    await this.page.locator(".editor-instance .view-line").first().waitFor();
  }

  async command(title) {
    await this.page.keyboard.press("F1");
    await this.input.fill(`>${title}`);
    await this.rows.filter({ hasText: title }).first().click();
    await this.page.waitForFunction(() => {
      const box = document.querySelector(".quick-input-widget");
      return box.style.display === "none" || !box.querySelector("input").value.startsWith(">");
    });
  }

  async goToLine(line) {
    await this.page.keyboard.press("Control+G");
    await this.input.fill(`:${line}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  async answer(text) {
    await this.input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  tab(name) {
    return this.page.locator(".tabs-container .tab", { hasText: name });
  }

  async dismiss(notification) {
    const toast = this.notification(notification);
    await toast.hover();
    await toast.locator(".codicon-notifications-clear").click();
  }

  async press(notification, button) {
    await this.notification(notification).locator("a.monaco-button", { hasText: button }).click();
  }
}
