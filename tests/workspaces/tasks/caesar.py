"""Caesar's cipher, for small and for capital letters."""

from opto import trace


@trace.bundle(trainable=True)
def shifted(text, by):
    """The text with each letter moved on in the alphabet, around its end."""
    moved = []
    for letter in text:
        if letter.isalpha():
            first = ord("a" if letter.isupper() else "A")
            letter = chr(first + (ord(letter) - first + by) % 26)
        moved.append(letter)
    return "".join(moved)


assert shifted("", 5) == ""
assert shifted("10, 20!", 3) == "10, 20!"
assert shifted("abc", 1) == "bcd"
assert shifted("Zebra, Xylo", 3) == "Cheud, Abor"
assert shifted(shifted("Veni, vidi, vici", 11), -11) == "Veni, vidi, vici"
