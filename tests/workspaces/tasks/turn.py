"""A picture of letters, turned to the right."""

from opto import trace


@trace.bundle(trainable=True)
def turned(picture):
    """The rows of the picture, turned by a quarter to the right."""
    return ["".join(row) for row in zip(*picture)]


assert turned([]) == []
assert turned(["a"]) == ["a"]
assert turned(["abc"]) == ["a", "b", "c"]
assert turned(["ab", "cd"]) == ["ca", "db"]
assert turned(["abc", "def"]) == ["da", "eb", "fc"]
