"""An account that may be overdrawn, to a limit."""

from opto import trace


class Account:
    def __init__(self, limit):
        self.limit = limit
        self.balance = 0
        self.refused = 0

    def receive(self, amount):
        self.balance += amount

    @trace.bundle(trainable=True)
    def pay(self, amount):
        """Takes the amount off, unless that would overdraw the account too far; the balance."""
        if self.balance - amount < self.limit:
            self.refused += 1
            return self.balance
        self.balance -= amount
        return self.balance


account = Account(limit=50)
account.receive(100)
account.pay(30).eq(70)
account.pay(60).eq(10)
account.pay(55).eq(-45)
account.pay(10).eq(-45)
account.pay(5).eq(-50)
account.pay(1).eq(-50)
Account(limit=0).pay(1).eq(0)
