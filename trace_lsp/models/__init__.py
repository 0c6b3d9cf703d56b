"""The chat models an optimizer may ask, behind one Protocol.

Loads the standard library only. `choose.model_from` gives the model that the settings and the
environment name; `scripted.Scripted` answers from a file; `openai_compatible.OpenAICompatible`
asks an endpoint, and loads the ``openai`` package when it first does so. `llm` has the models that
programs call themselves; `adapter.as_chat_model` makes a `ChatModel` of whatever they call one.
"""

from trace_lsp.models.chat import ChatModel, Finish, Message, Reply, Tokens

__all__ = ["ChatModel", "Finish", "Message", "Reply", "Tokens"]
