"""How often a day was warmer than the one before."""

from opto import trace


@trace.bundle(trainable=True)
def warmer_days(degrees):
    """How many days were warmer than the day before."""
    count = 0
    for day in range(len(degrees)):
        if degrees[day + 1] > degrees[day]:
            count += 1
    return count


warmer_days([]).eq(0)
warmer_days([18, 21, 20, 23]).eq(2)
warmer_days([15]).eq(0)
warmer_days([9, 8, 7]).eq(0)
warmer_days([1, 2, 3, 3, 4]).eq(3)
