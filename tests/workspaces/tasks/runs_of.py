"""Runs of the same letter."""

from opto import trace


@trace.bundle(trainable=True)
def runs_of(text):
    """Each letter with how often it stands there in a row."""
    runs = []
    letter, count = "", 0
    for each in text + "\n":
        if each == letter:
            count += 1
            continue
        if count:
            runs.append((letter, count))
        letter, count = each, 0
    return runs


runs_of("").eq([])
runs_of("a").eq([("a", 1)])
runs_of("aab").eq([("a", 2), ("b", 1)])
runs_of("xxxyx").eq([("x", 3), ("y", 1), ("x", 1)])
runs_of("noon").eq([("n", 1), ("o", 2), ("n", 1)])
