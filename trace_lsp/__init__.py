"""Train Python programs from the editor: trace a run, give feedback, try a suggestion out.

``from trace_lsp import trace`` gives the engine (``node``, ``bundle``, ``GRAPH`` …);
``trace_lsp.optimizers`` the optimizers. Importing this package loads neither.
"""

__version__ = "0.1.0"
