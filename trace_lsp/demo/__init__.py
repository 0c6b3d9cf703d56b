"""The program and the scripted reply that `trace-lsp demo` shows."""
