"""Python text: where the trainables are, and how a new value becomes the smallest edit.

The one place that knows positions in a text. Nothing here runs or imports what it reads.
"""
