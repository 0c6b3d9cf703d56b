"""How a small model is trained: its learning rate, how often, and with how much momentum."""

import math
import random

from opto import trace

rate = trace.node(0.001, trainable=True, constraint="between 0.001 and 1")  # trace: minimize loss
epochs = trace.node(2, trainable=True, constraint="between 1 and 30")
momentum = trace.node(0.0, trainable=True, constraint="at least 0, at most 0.9")

chance = random.Random(7)
POINTS = [(chance.uniform(-1, 1), chance.uniform(-1, 1)) for _ in range(80)]
DATA = [((1.0, x, y), 1.0 if x + 0.5 * y + chance.gauss(0, 0.5) > 0.2 else 0.0) for x, y in POINTS]


def guess(weights, inputs):
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, inputs))))


@trace.bundle()
def trained(rate, epochs, momentum):
    """The weights, after so many rounds through the first 40 points."""
    weights, last = [0.0] * 3, [0.0] * 3
    for _ in range(epochs):
        for inputs, wanted in DATA[:40]:
            error = wanted - guess(weights, inputs)
            last = [momentum * step + rate * error * x for step, x in zip(last, inputs)]
            weights = [w + step for w, step in zip(weights, last)]
    return weights


@trace.bundle()
def surprise(weights):
    """The mean cross entropy of the other points."""
    sure = [guess(weights, x) if y else 1 - guess(weights, x) for x, y in DATA[40:]]
    return -sum(math.log(max(each, 1e-9)) for each in sure) / len(sure)


loss = surprise(trained(rate, epochs, momentum))
print("loss:", loss.data)
