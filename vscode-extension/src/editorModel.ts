/** The editor's own language model, with which the server's questions are answered. */

import { type CancellationToken, LanguageModelChatMessage, l10n, lm, workspace } from "vscode";
import { type LanguageClient, LSPErrorCodes, RequestType, ResponseError } from "vscode-languageclient/node";
import {
  type Answer,
  choose,
  type FailureKind,
  kindOf,
  type Question,
  type Spoken,
  total,
  withoutSystem,
} from "./question";

const ask = new RequestType<Question, Answer, { kind: FailureKind }>("trace/ask");
const FAILED = LSPErrorCodes.RequestFailed;

/** What the server is told at its start: the editor's own model is offered where the settings name it. */
export function offer(): { editorModel?: { name: string } } {
  return isMeant() ? { editorModel: { name: modelName() || "VS Code" } } : {};
}

/** Whether the settings name the editor's own model. */
export function isMeant(): boolean {
  return settings().get("provider") === "editor";
}

export function answerQuestions(client: LanguageClient): void {
  client.onRequest(ask, async (question, token) => {
    const say = (text: string) => client.sendNotification("trace/said", { id: question.id, text });
    try {
      return await answer(question, token, say);
    } catch (error) {
      if (error instanceof ResponseError) return error;
      const message = error instanceof Error ? error.message : String(error);
      return new ResponseError(FAILED, message, { kind: kindOf(error) });
    }
  });
}

async function answer(
  { messages }: Question,
  token: CancellationToken,
  say: (text: string) => Promise<void>,
): Promise<Answer | ResponseError<{ kind: FailureKind }>> {
  const model = choose(await lm.selectChatModels(), modelName());
  if (!model) {
    return new ResponseError(FAILED, l10n.t("The editor offers no such model."), { kind: "noModel" });
  }
  const spoken = withoutSystem(messages).map(asMessage);
  const justification = l10n.t("Trace asks it for a better version of your function.");
  const response = await model.sendRequest(spoken, { justification }, token);
  let text = "";
  for await (const piece of response.text) {
    text += piece;
    await say(piece);
  }
  // A stream that is cancelled comes to its end like any other.
  if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, "");
  const sent = await total(spoken, (message) => model.countTokens(message, token));
  const received = await total([text], (whole) => model.countTokens(whole, token));
  const tokens = {
    ...(sent === undefined ? {} : { sent }),
    ...(received === undefined ? {} : { received }),
  };
  return { text, finish: "stop", model: model.name, tokens };
}

function asMessage({ role, text }: Spoken): LanguageModelChatMessage {
  return role === "assistant"
    ? LanguageModelChatMessage.Assistant(text)
    : LanguageModelChatMessage.User(text);
}

function modelName(): string {
  return settings().get("name", "").trim();
}

function settings() {
  return workspace.getConfiguration("traceLsp.model", workspace.workspaceFolders?.[0]);
}
