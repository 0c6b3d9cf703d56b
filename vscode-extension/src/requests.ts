import {
  ErrorCodes,
  LSPErrorCodes,
  type RequestParam,
  type RequestType,
  ResponseError,
} from "vscode-languageclient/node";
import type { Server } from "./client";
import type { Messages } from "./messages";

/** Asks the server, and says so when it cannot be asked. */
export class Requests {
  constructor(
    private readonly server: Server,
    private readonly messages: Messages,
  ) {}

  /** The server's answer; nothing if there is none, which the person has then been told or has asked for. */
  async ask<P, R>(type: RequestType<P, R, void>, params: RequestParam<P>): Promise<R | undefined> {
    const client = await this.server.client();
    if (!client) {
      void this.messages.notRunning();
      return undefined;
    }
    try {
      return await client.sendRequest(type, params);
    } catch (error) {
      const code = error instanceof ResponseError ? error.code : undefined;
      if (code === ErrorCodes.PendingResponseRejected) void this.messages.answerLost();
      else if (code !== LSPErrorCodes.RequestCancelled) void this.messages.requestFailed(error);
      return undefined;
    }
  }
}
