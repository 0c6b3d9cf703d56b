"""Opening hours, put together where they meet."""

from opto import trace


@trace.bundle(trainable=True)
def merged(intervals):
    """The same hours in as few intervals as possible, in order."""
    found = []
    for start, end in intervals:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


merged([]).eq([])
merged([(1, 2), (4, 5)]).eq([(1, 2), (4, 5)])
merged([(1, 4), (2, 3)]).eq([(1, 4)])
merged([(14, 18), (8, 12)]).eq([(8, 12), (14, 18)])
merged([(5, 9), (1, 3), (2, 6)]).eq([(1, 9)])
merged([(3, 4), (1, 3), (8, 9)]).eq([(1, 4), (8, 9)])
