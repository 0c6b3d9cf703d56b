/** What the server asks the editor's own model, and what is answered. */

import type { LanguageModelChat } from "vscode";

export interface Spoken {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

export interface Question {
  readonly id: string;
  readonly messages: readonly Spoken[];
}

export interface Answer {
  readonly text: string;
  readonly finish: "stop";
  readonly model: string;
  readonly tokens: { readonly sent?: number; readonly received?: number };
}

export type FailureKind = "noModel" | "keyRefused" | "rateLimited" | "modelRejected";

/** The messages for a model that knows no system: what that says stands before the user's first words. */
export function withoutSystem(messages: readonly Spoken[]): Spoken[] {
  const system = messages.filter(({ role }) => role === "system").map(({ text }) => text);
  const spoken = messages.filter(({ role }) => role !== "system");
  if (!system.length) return spoken;
  const at = spoken.findIndex(({ role }) => role === "user");
  const text = [...system, ...(at < 0 ? [] : [spoken[at]?.text])].join("\n\n");
  const first: Spoken = { role: "user", text };
  return at < 0 ? [first, ...spoken] : spoken.with(at, first);
}

/** The model of that id, family or name; without a name the first there is. */
export function choose<M extends Pick<LanguageModelChat, "id" | "family" | "name">>(
  models: readonly M[],
  name: string,
): M | undefined {
  return name ? models.find((model) => [model.id, model.family, model.name].includes(name)) : models[0];
}

/** What an error of `vscode.lm` means; one that is none of its own is the model's. */
export function kindOf(error: unknown): FailureKind {
  switch ((error as { code?: unknown } | undefined)?.code) {
    case "NotFound":
      return "noModel";
    case "NoPermissions":
      return "keyRefused";
    case "Blocked":
      return "rateLimited";
    default:
      return "modelRejected";
  }
}

/** The sum of the counts; nothing if one of them cannot be had. */
export async function total<T>(
  items: readonly T[],
  count: (item: T) => Thenable<number>,
): Promise<number | undefined> {
  try {
    return (await Promise.all(items.map(count))).reduce((sum, each) => sum + each, 0);
  } catch {
    return undefined;
  }
}
