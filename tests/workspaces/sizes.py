"""Words for sizes: it takes more than one step to get them right."""

from opto import trace

WANTED = [(1, "small"), (5, "large"), (20, "huge")]


@trace.bundle(trainable=True)
def size(number):
    return "small"


for number, wanted in WANTED:
    size(number).eq(wanted)
