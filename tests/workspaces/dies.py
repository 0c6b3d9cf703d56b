import os

from opto import trace


@trace.bundle(trainable=True)
def half(number):
    return number / 2


half(2)
os._exit(3)
