"""Roman numerals."""

from opto import trace

DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


@trace.bundle(trainable=True)
def number(numeral):
    """What a numeral is worth. A digit before a greater one is taken off."""
    values = [DIGITS[digit] for digit in numeral]
    total = 0
    for value, following in zip(values, values[1:] + [0]):
        if value <= following:
            total -= value
        else:
            total += value
    return total


WANTED = {"I": 1, "III": 3, "IV": 4, "VI": 6, "XIV": 14, "XX": 20, "MCMXCIX": 1999, "MMXXV": 2025}
matches = [number(numeral).eq(value) for numeral, value in WANTED.items()]
print(sum(1 for each in matches if each), "of", len(matches), "right")
