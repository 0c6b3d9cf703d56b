"""Tests of trace_lsp.models. `endpoint` is a chat endpoint on loopback for other tests, too."""
