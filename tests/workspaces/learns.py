"""A program with a training loop of its own."""

from opto import trace
from opto.optimizers import OptoPrime

WANTED = {1: 3, 2: 5, 5: 11}


@trace.bundle(trainable=True)
def rule(number):
    """The rule behind the table."""
    return number + 1


optimizer = OptoPrime(rule.parameters())
for _ in range(2):
    answers = {number: rule(number) for number in WANTED}
    wrong = [number for number in WANTED if answers[number].data != WANTED[number]]
    print("wrong:", wrong)
    if not wrong:
        break
    optimizer.zero_feedback()
    for number in wrong:
        optimizer.backward(answers[number], f"should be {WANTED[number]}")
    optimizer.step()
