"""Is edited while its candidate runs: puts the text it is given in its own place, then."""

import sys
from pathlib import Path

from opto import trace


@trace.bundle(trainable=True)
def half(number):
    return number // 3


print(half(4).eq(2).data)
if half(4).data == 2 and len(sys.argv) > 1:
    Path(__file__).write_text(Path(sys.argv[1]).read_text())
