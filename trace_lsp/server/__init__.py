"""The language server: one file for each request, and nothing but translation."""
