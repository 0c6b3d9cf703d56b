"""Which passwords are good enough."""

from opto import trace


@trace.bundle(trainable=True)
def is_strong(password):
    """At least eight characters, with a digit and with a capital letter."""
    has_digit = any(each.isdigit() for each in password)
    has_capital = any(each.isupper() for each in password)
    return len(password) >= 8 and (has_digit or has_capital)


WANTED = {
    "correct7Horse": True,
    "Tr0ub4dor": True,
    "short1A": False,
    "lowercase99": False,
    "NODIGITSATALL": False,
    "": False,
}
for password, wanted in WANTED.items():
    is_strong(password).eq(wanted)
