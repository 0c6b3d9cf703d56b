import sys

from opto import trace


@trace.bundle(trainable=True)
def half(number):
    return number / 2


half(2)
while True:
    sys.stdout.write("and on and on " * 5000)
