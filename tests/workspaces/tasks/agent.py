"""A clerk who understands an order, knows its price and says it as the shop wants it said."""

from opto import trace

PRICES = {"apple": 30, "pear": 50}


class Clerk:
    def __init__(self):
        self.manner = trace.node("Say the price.", trainable=True)

    @trace.bundle(trainable=True)
    def understand(self, text):
        """What is ordered, and how many."""
        count, article = text.split()
        return article, int(count)

    @trace.bundle(trainable=True)
    def price(self, order):
        """The price in cents. From ten on, each costs a tenth less."""
        article, count = order
        return PRICES[article] * count

    @trace.bundle()
    def say(self, cents, manner):
        """The price, in the manner that is wanted."""
        text = f"{cents // 100}.{cents % 100:02}" if "euro" in manner.lower() else f"{cents}"
        return f"{text}, please" if "please" in manner.lower() else text

    def serve(self, text):
        return self.say(self.price(self.understand(text)), self.manner)


ORDERS = {"2 apple": "0.60", "3 pears": "1.50", "a pear": "0.50", "10 apples": "2.70"}
clerk = Clerk()
for text, wanted in ORDERS.items():
    clerk.serve(text).eq(f"{wanted}, please")
