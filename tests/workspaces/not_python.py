from opto import trace


@trace.bundle(trainable=True)
def half(number:
    return number / 2
