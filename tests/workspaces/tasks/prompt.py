"""An assistant that does what its instructions have words for."""

from opto import trace

instructions = trace.node("Tell what the weather is like.", trainable=True)


@trace.bundle()
def answer(instructions, degrees, rain):
    """What the assistant says of the weather."""
    words = instructions.lower()
    text = f"{degrees * 9 // 5 + 32} °F" if "celsius" not in words else f"{degrees} °C"
    if "umbrella" in words and (rain or "if it rains" not in words):
        text += ", take an umbrella"
    return text if "sentence" not in words else f"{text}."


answer(instructions, 20, False).eq("20 °C.")
answer(instructions, 8, True).eq("8 °C, take an umbrella.")
answer(instructions, -5, False).eq("-5 °C.")
answer(instructions, 15, True).eq("15 °C, take an umbrella.")
