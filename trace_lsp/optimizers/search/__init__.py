"""Search: better values and better code by trying, with no model to ask.

`numbers` proposes numbers and choices, `repair` small edits of a function's syntax tree by checks
that fail, `climb` other numbers and edits of it by an objective. They propose and are told how it
went; none runs anything. `optimizer` has them drive a program's own training loop.
"""
