"""Where a number stands in an ordered list."""

from opto import trace


@trace.bundle(trainable=True)
def place_of(number, ordered):
    """Its index, -1 if it is not there."""
    low, high = 0, len(ordered) - 1
    while low <= high:
        middle = (low + high) // 2
        if ordered[middle] == number:
            return middle
        if ordered[middle] < number:
            low = middle + 1
        else:
            high = middle
    return -1


assert place_of(4, [1, 4, 6]) == 1
assert place_of(9, [2, 4, 6, 8]) == -1
assert place_of(8, [1, 3, 5, 8]) == 3
assert place_of(3, []) == -1
assert place_of(3, [1, 3, 5, 7, 9]) == 1
assert place_of(0, [1, 2, 3]) == -1
