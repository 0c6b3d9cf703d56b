"""``python -m trace_lsp`` is the command line."""

import sys

from trace_lsp.cli import main

if __name__ == "__main__":
    sys.exit(main())
