"""Three numbers and a bowl: where is its lowest point?"""

from opto import trace

# trace: minimize loss
east = trace.node(0.0, trainable=True)
north = trace.node(0.0, trainable=True)
height = trace.node(1.0, trainable=True, constraint="between 0 and 10")

loss = (east - 2.5) ** 2 + 2 * (north + 1.5) ** 2 + (east - 2.5) * (north + 1.5)
loss = loss + 0.5 * (height - 4) ** 2
print("loss:", loss.data)
