"""Two functions that may change, and a value."""

from opto import trace

factor = trace.node(3, trainable=True)


@trace.bundle(trainable=True)
def grow(number):
    return number + 1


class Shop:
    @trace.bundle(trainable=True)
    def price(self, cost):
        return cost * 2


print((grow(factor) * Shop().price(2)).data)
