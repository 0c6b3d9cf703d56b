"""How the tide is read off between the hours, and smoothed: three choices."""

import math
import random

from opto import trace

# trace: maximize fit
method = trace.node("linear", trainable=True, constraint="one of 'linear', 'cubic', 'nearest'")
closed = trace.node(False, trainable=True)
width = trace.node(6, trainable=True, constraint="a whole number from 1 to 7")

HOURS, chance = 24, random.Random(2)
TRUTH = [math.sin(4 * math.pi * t / HOURS) for t in range(HOURS)]
READ = [value + chance.gauss(0, 0.25) for value in TRUTH]


@trace.bundle()
def curve(method, closed, width):
    """The level at every half hour; each reading gives way to the mean of `width` around it."""

    def read(t):
        return READ[t % HOURS] if closed else READ[min(max(t, 0), HOURS - 1)]

    def smooth(t):
        return sum(read(t + i - width // 2) for i in range(width)) / width

    def between(t):
        a, b, c, d = (smooth(t + i) for i in (-1, 0, 1, 2))
        return {"nearest": b, "linear": (b + c) / 2, "cubic": (9 * (b + c) - a - d) / 16}[method]

    return [between(t) for t in range(HOURS)]


@trace.bundle()
def share_explained(values):
    """1 for a curve that is the true one, 0 for one that is as far off as their mean."""
    true = [math.sin(4 * math.pi * (t + 0.5) / HOURS) for t in range(HOURS)]
    return 1 - sum((v - t) ** 2 for v, t in zip(values, true)) / sum(t**2 for t in true)


fit = share_explained(curve(method, closed, width))
print("fit:", fit.data)
