"""Whether a shop can deliver an order."""

from opto import trace

STOCK = {"apple": 3, "pear": 1, "plum": 0}


@trace.bundle(trainable=True)
def can_deliver(order):
    """True if there is enough of everything in the order."""
    for article, count in order.items():
        if STOCK.get(article, 0) < count:
            return False
        return True


assert can_deliver({"apple": 2}) == True
assert can_deliver({"plum": 1}) == False
assert can_deliver({"apple": 3, "pear": 1}) == True
assert can_deliver({"apple": 1, "pear": 2}) == False
assert can_deliver({"apple": 1, "pear": 1, "fig": 1}) == False
