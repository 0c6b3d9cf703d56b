"""A room, its heater and a controller with two gains: warm soon, and not too warm."""

from opto import trace

WANTED, OUTSIDE, MINUTES = 21.0, 4.0, 180

# trace: minimize discomfort
proportional = trace.node(0.05, trainable=True, constraint="between 0 and 0.5")
# trace: minimize discomfort
integral = trace.node(0.0, trainable=True, constraint="between 0 and 0.05")


@trace.bundle()
def readings(proportional, integral):
    """The room's temperature, minute by minute."""
    degrees, heater, missed, found = 12.0, 0.0, 0.0, []
    for _ in range(MINUTES):
        error = WANTED - degrees
        missed += error
        power = min(max(proportional * error + integral * missed, 0.0), 1.0)
        heater += 0.2 * (power - heater)  # the radiator is slow
        degrees += 0.9 * heater - 0.02 * (degrees - OUTSIDE)
        found.append(degrees)
    return found


@trace.bundle()
def mean_deviation(temperatures):
    """How far off it was on the mean; too warm counts three times."""
    off = [WANTED - each if each < WANTED else 3 * (each - WANTED) for each in temperatures]
    return sum(off) / len(off)


discomfort = mean_deviation(readings(proportional, integral))
print("discomfort:", discomfort.data)
