"""What a small shop writes on its shelves."""

from opto import trace

# What an article costs the shop, and the price that the owner wrote on the shelf by hand.
EXAMPLES = [(2.50, 3.99), (5.00, 7.99), (8.56, 11.99), (0.70, 0.99), (2.85, 3.99)]


@trace.bundle(trainable=True)
def shelf_price(cost):
    """The price on the shelf of an article that costs the shop so much."""
    return round(cost * 1.4, 2)


matches = [shelf_price(cost).eq(price) for cost, price in EXAMPLES]
right = sum(1 for match in matches if match)
print(f"{right} of {len(matches)} prices are as the owner wrote them")
