import { type InputBox, l10n, type Memento, type QuickInputButton, ThemeIcon, window } from "vscode";
import { readHistory, remembered } from "./history";

const KEY = "traceLsp.feedback";

/** Asks what should be different, and remembers the answers for this workspace. */
export class FeedbackPrompt {
  constructor(private readonly memory: Memento) {}

  /** The feedback, or nothing if the box was left with Escape. */
  async ask(name: string | undefined): Promise<string | undefined> {
    const feedback = await this.type(name);
    if (feedback !== undefined) {
      await this.memory.update(KEY, remembered(this.history(), feedback));
    }
    return feedback;
  }

  private history(): string[] {
    return readHistory(this.memory.get(KEY));
  }

  private type(name: string | undefined): Promise<string | undefined> {
    const box = window.createInputBox();
    box.title = name ? l10n.t("Optimize {0} with Feedback", name) : l10n.t("Optimize with Feedback");
    box.prompt = l10n.t(
      "What should be different? Leave it empty to go by the code's comment or the last failure.",
    );
    box.placeholder = l10n.t("The result should alternate the smallest and the largest");
    box.value = this.history()[0] ?? "";
    box.ignoreFocusOut = true;
    return this.answer(box);
  }

  private answer(box: InputBox): Promise<string | undefined> {
    const earlier: QuickInputButton = {
      iconPath: new ThemeIcon("history"),
      tooltip: l10n.t("Earlier Feedback"),
    };
    if (this.history().length > 1) box.buttons = [earlier];
    return new Promise((resolve) => {
      let choosing = false;
      box.onDidAccept(() => {
        resolve(box.value.trim());
        box.hide();
      });
      box.onDidTriggerButton(async () => {
        choosing = true;
        const chosen = await window.showQuickPick(this.history(), { title: l10n.t("Earlier Feedback") });
        choosing = false;
        box.value = chosen ?? box.value;
        box.show();
      });
      box.onDidHide(() => {
        if (choosing) return;
        resolve(undefined);
        box.dispose();
      });
      box.show();
    });
  }
}
