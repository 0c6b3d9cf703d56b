import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as places from "./places.mjs";

const PROGRAM = "arrange.py";
const ORIGINAL = readFileSync(path.join(places.workspace, PROGRAM), "utf8");
const FEEDBACK = "The smallest and the largest should alternate";
const RETURN =
  "    return [ordered[i // 2] if i % 2 == 0 else ordered[-1 - i // 2] for i in range(len(ordered))]";
const SUGGESTED = `def arrange(numbers):
    """Put the numbers in order."""
    ordered = sorted(numbers)
${RETURN}`;
const REPLY = reply("The list is only sorted; the feedback asks for the ends in turn.", SUGGESTED);
const GUARDED = `def divide(pair):
    """The first by the second."""
    return pair[0] / pair[1] if pair[1] else 0`;

const demo = (name) => readFileSync(path.join(places.demo, name), "utf8");

const VERDICT = "Tried out";
const DIFF_TAB = "Suggestion for";

const answered = {
  settings: (folder) => ({
    "traceLsp.interpreter": places.python,
    "traceLsp.model.provider": "scripted",
    "traceLsp.model.replies": path.join(folder("workspace"), "replies.json"),
  }),
  extraFiles: { "replies.json": JSON.stringify([REPLY, REPLY]) },
};

export const scenarios = {
  apply: { options: answered, play: apply },
  refuse: { options: answered, play: refuse },
  picture: {
    options: {
      ...answered,
      extraFiles: { "prices.py": demo("prices.py"), "replies.json": demo("replies.json") },
    },
    play: picture,
  },
  cancel: { options: answered, play: cancel },
  typing: {
    options: {
      ...answered,
      extraFiles: {
        ...answered.extraFiles,
        "thoughtful.py": `import time\n\n${ORIGINAL}time.sleep(3)\n`,
      },
    },
    play: typing,
  },
  failure: {
    options: {
      ...answered,
      extraFiles: { "replies.json": JSON.stringify([reply("It divides by zero.", GUARDED)]) },
    },
    play: failure,
  },
  graph: { options: answered, play: graph },
  restart: { options: answered, play: restart },
  crash: { options: answered, play: crash },
  untrusted: {
    options: {
      ...answered,
      trusted: false,
      settings: (folder) => ({
        ...answered.settings(folder),
        "security.workspace.trust.startupPrompt": "never",
      }),
    },
    play: untrusted,
  },
  noInterpreter: {
    options: {
      settings: (folder) => ({ "traceLsp.interpreter": path.join(folder("workspace"), "missing") }),
      env: { PATH: "/nonexistent" },
    },
    play: noInterpreter,
  },
};

async function apply(workbench, shoot) {
  await runProgram(workbench);
  await shoot("1-run");

  await workbench.goToLine(7);
  await askToOptimize(workbench);
  await workbench.input.fill("never sent");
  await shoot("2-input");
  await workbench.page.keyboard.press("Escape");
  await workbench.input.waitFor({ state: "hidden" });

  await askToOptimize(workbench);
  assert.equal(await workbench.input.inputValue(), "");
  await workbench.answer(FEEDBACK);
  await workbench.notification(VERDICT).waitFor();
  await workbench.textBecomes((text) => text.includes(RETURN), ".monaco-diff-editor .modified");
  await shoot("3-diff");

  await decide(workbench, "Apply");
  const applied = await workbench.textBecomes((text) => text.includes(RETURN));
  assert.equal(applied, ORIGINAL.replace(/def arrange[\s\S]*return sorted\(numbers\)/, SUGGESTED));
  await shoot("4-applied");

  await workbench.page.keyboard.press("Control+Z");
  await workbench.textBecomes((text) => text === ORIGINAL);
  await shoot("5-undone");
}

/** The picture in the project's README: the demo's program with its suggestion. */
async function picture(workbench, shoot) {
  await workbench.openFile("prices.py");
  await workbench.command("Trace: Run");
  await workbench.lens(/4 failed/).waitFor();
  await workbench.goToLine(12);
  await askToOptimize(workbench);
  await workbench.answer("All our prices end in .99. Go up to the next one, never down.");
  await workbench.notification("Tried out: better").waitFor();
  await workbench.textBecomes((text) => text.includes("ceil"), ".monaco-diff-editor .modified");
  await shoot("1-proposal");
}

async function refuse(workbench, shoot) {
  await runProgram(workbench);
  await workbench.goToLine(7);
  await askToOptimize(workbench);
  await workbench.answer(FEEDBACK);
  await decide(workbench, "Reject");
  await workbench.textBecomes((text) => text === ORIGINAL);

  await workbench.lens(/\d+ call/).click();
  await workbench.box("Optimize arrange with Feedback").waitFor();
  assert.equal(await workbench.input.inputValue(), FEEDBACK);
  await workbench.page.keyboard.press("Enter");
  await workbench.dismiss(VERDICT);
  const button = workbench.page.locator('.editor-actions [aria-label^="Reject Suggestion"]');
  await button.waitFor();
  await shoot("1-dismissed");
  await button.click();
  await workbench.tab(DIFF_TAB).waitFor({ state: "detached" });
  await workbench.textBecomes((text) => text === ORIGINAL);
}

async function cancel(workbench, shoot) {
  await workbench.openFile("slow.py");
  await workbench.command("Trace: Run");
  const progress = workbench.page.locator(".notification-toast", {
    has: workbench.page.locator(".monaco-progress-container.active"),
  });
  await progress.waitFor();
  await shoot("1-running");
  await progress.locator("a.monaco-button", { hasText: "Cancel" }).click();
  await progress.waitFor({ state: "detached", timeout: 5000 });
  await shoot("2-cancelled");
}

async function graph(workbench, shoot) {
  await runProgram(workbench);
  await workbench.command("Trace: Show Graph");
  await workbench.rows.filter({ hasText: "Outline" }).first().click();
  await workbench.tab(`${PROGRAM} graph.txt`).waitFor();
  await workbench.textBecomes((text) => text.includes("arrange"));
  await shoot("1-outline");
}

async function untrusted(workbench, shoot) {
  const { page } = workbench;
  await workbench.openFile(PROGRAM);
  await page.locator('[id="status.languageStatus"]').first().click();
  await page.locator(".monaco-hover", { hasText: "Trace: off" }).first().waitFor();
  await shoot("1-restricted");

  await page.locator(".editor-instance .view-line").first().click();
  await workbench.command("Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor a.monaco-button", { hasText: /^Trust$/ }).click();
  await workbench.lens("Trace").waitFor();
  await shoot("2-trusted");
}

async function noInterpreter(workbench, shoot, setSettings) {
  await workbench.openFile(PROGRAM);
  await workbench.notification("found no Python").waitFor();
  await shoot("1-message");
  await workbench.press("found no Python", "Open Settings");
  await workbench.page.locator(".settings-editor .setting-item-label", { hasText: "Interpreter" }).waitFor();
  await shoot("2-settings");

  await workbench.page.keyboard.press("Escape");
  setSettings({ "traceLsp.interpreter": places.python });
  await workbench.lens("Trace").waitFor();
}

/** The text changes while the suggestion is made. */
async function typing(workbench, shoot) {
  await workbench.openFile("thoughtful.py");
  await workbench.goToLine(9);
  await askToOptimize(workbench);
  await workbench.answer(FEEDBACK);
  await workbench.notification("optimizing arrange").waitFor();
  await workbench.goToLine(1);
  await workbench.page.keyboard.type("# typed meanwhile\n");
  await workbench.notification(VERDICT).waitFor();
  const suggested = await workbench.textBecomes(
    (text) => text.includes(RETURN),
    ".monaco-diff-editor .modified",
  );
  assert.ok(suggested.startsWith("import time"));
  await shoot("1-diff");
  await decide(workbench, "Apply");
  const applied = await workbench.textBecomes((text) => text.includes(RETURN));
  assert.ok(applied.startsWith("# typed meanwhile\nimport time"));
}

/** A code action of the server's own, whose command the extension does not start. */
async function failure(workbench, shoot) {
  await workbench.openFile("failing.py");
  await workbench.command("Trace: Run");
  await workbench.lens(/1 failed/).waitFor();
  await workbench.goToLine(7);
  await workbench.page.keyboard.press("Control+.");
  await workbench.page
    .locator(".action-widget .monaco-list-row", { hasText: "using the last failure" })
    .click();
  await workbench.notification("Tried out: better").waitFor();
  await shoot("1-diff");
  await decide(workbench, "Apply");
  await workbench.textBecomes((text) => text.includes(GUARDED));
}

async function crash(workbench, shoot) {
  await workbench.openFile("deadly.py");
  await workbench.command("Trace: Run");
  await workbench.notification("ended before it could answer").waitFor();
  await shoot("1-message");
  await runProgram(workbench);
}

async function restart(workbench, shoot) {
  await runProgram(workbench);
  await workbench.command("Trace: Restart Server");
  await workbench.lens(/\d+ call/).waitFor({ state: "detached" });
  await runProgram(workbench);
  await workbench.page.locator('[id="status.languageStatus"]').first().click();
  await workbench.page.locator(".monaco-hover", { hasText: places.python }).first().waitFor();
  await shoot("1-status");
}

/** Presses a button of the verdict, and waits until the diff is gone. */
async function decide(workbench, button) {
  await workbench.press(VERDICT, button);
  await workbench.tab(DIFF_TAB).waitFor({ state: "detached" });
}

function reply(reasoning, code) {
  return JSON.stringify({ reasoning, answer: "", suggestion: { __code0: code } });
}

async function askToOptimize(workbench) {
  await workbench.command("Trace: Optimize with Feedback…");
  await workbench.box("What should be different?").waitFor();
}

async function runProgram(workbench) {
  await workbench.openFile(PROGRAM);
  await workbench.lens("Trace").waitFor();
  await workbench.command("Trace: Run");
  await workbench.lens(/\d+ call/).waitFor();
}
