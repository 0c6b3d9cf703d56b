"""An arm with two joints: its tip should reach a cup, past the edge of a shelf."""

import math

from opto import trace

UPPER, LOWER = 1.0, 0.8
CUP, SHELF = (0.9, 0.7), 0.35


def reach():
    """How far the tip is from the cup, and how deep the elbow is in the shelf."""
    # trace: minimize gap
    shoulder = trace.node(0.0, trainable=True, constraint="-3.14 <= angle <= 3.14")
    elbow = trace.node(0.1, trainable=True, constraint="-3.14 <= angle <= 3.14")
    return missed(shoulder, elbow)


@trace.bundle(output_name="gap")
def missed(shoulder, elbow):
    """The distance between tip and cup; an elbow below the shelf counts as well."""
    knee = (UPPER * math.cos(shoulder), UPPER * math.sin(shoulder))
    bend = shoulder + elbow
    tip = (knee[0] + LOWER * math.cos(bend), knee[1] + LOWER * math.sin(bend))
    return math.dist(tip, CUP) + max(0.0, SHELF - knee[1])


print("gap:", reach().data)
