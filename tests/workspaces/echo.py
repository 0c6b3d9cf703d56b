"""Writes to wherever it can, and tells what it was given."""

import subprocess
import sys

from opto import trace


@trace.bundle(trainable=True)
def shout(word):
    return word.upper()


print("out", *(shout(each).data for each in sys.argv[1:]))
print("err", file=sys.stderr)
sys.__stdout__.flush()
subprocess.run(["echo", "from a child of it"], check=True)
