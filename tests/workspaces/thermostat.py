"""When a house should be heated."""

from opto import trace

READINGS = [(17.0, True), (19.5, True), (21.0, False), (23.5, False)]


@trace.bundle(trainable=True)
def should_heat(degrees):
    return degrees < 18


answers = [should_heat(degrees).eq(wanted) for degrees, wanted in READINGS]
print(sum(1 for each in answers if each), "of", len(answers), "right")
