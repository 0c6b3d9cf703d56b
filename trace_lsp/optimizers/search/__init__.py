"""Search: better values and better code by trying, with no model to ask.

`numbers` proposes numbers and choices, `repair` small edits of a function's syntax tree. Both
propose and are told how it went; neither runs anything.
"""
