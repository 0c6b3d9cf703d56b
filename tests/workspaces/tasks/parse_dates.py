"""Dates as customers write them."""

from datetime import date

from opto import trace


@trace.bundle(trainable=True)
def day_of(text):
    """The date that is written there."""
    month, day, year = text.split("/")
    return date(int(year), int(month), int(day))


for text, wanted in [("07/07/2025", 0), ("24/12/2024", 1), ("2024-02-29", 3), ("1/8/2025", 4)]:
    written = day_of(text)
    assert written.data.weekday() == wanted, f"{text} was no {written.data:%A}"
