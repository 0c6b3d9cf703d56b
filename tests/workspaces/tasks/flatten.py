"""Lists in lists, made one."""

from opto import trace


@trace.bundle(trainable=True)
def flatten(value):
    """The values in a list and in all the lists in it; of anything else, itself alone."""
    if not isinstance(value, list):
        return value
    flat = []
    for each in value:
        flat.extend(flatten(each))
    return flat


assert flatten([]) == []
assert flatten([[], [[]]]) == []
assert flatten([1, 2]) == [1, 2]
assert flatten([1, [2, [3]], 4]) == [1, 2, 3, 4]
assert flatten(["ab", ["c"]]) == ["ab", "c"]
assert flatten(7) == [7]
