"""Pure renderers: from the types of a trace to text a person reads.

Nothing here starts a process, speaks LSP or writes a file; the same arguments give the same text.
Graphviz' Python packages are imported by the functions that need them, and by nothing else.
"""
