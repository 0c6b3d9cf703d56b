import sys

from opto import trace


@trace.bundle(trainable=True)
def half(number):
    return number / 2


print(half(2).data, file=sys.stderr)
sys.exit(3)
