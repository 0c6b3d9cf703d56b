"""A cart that is pushed to its place and should stand there."""

from opto import trace

GOAL, STEP = 3.0, 0.1


# trace: minimize cost
@trace.bundle(trainable=True)
def push(place, speed):
    """The force on the cart, to the right if positive."""
    return 0.5 * (GOAL - place) - 0.1 * speed


place, speed, cost = 0.0, 0.0, 0.0
for _ in range(80):
    force = push(place, speed)
    speed = speed + STEP * force
    place = place + STEP * speed
    cost = cost + STEP * ((GOAL - place) ** 2 + 0.05 * force**2)
print("cost:", cost.data)
