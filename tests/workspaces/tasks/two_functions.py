"""Words that are put into one line, and taken out of it again."""

from opto import trace


@trace.bundle(trainable=True)
def packed(words):
    """The words in one line."""
    return ",".join(words)


@trace.bundle(trainable=True)
def unpacked(line):
    """The words that were packed."""
    return line.split(",")


for words in (["one", "two"], ["a,b", "c"], ["1|2", "3,4"], ["semi;colon"], ["back\\slash", ","]):
    line = packed(words)
    unpacked(line).eq(words)
    assert "\n" not in line.data
