from opto import trace

STOCK = {"apple": 3}


@trace.bundle(trainable=True)
def left(name):
    """How many are left."""
    return STOCK[name]


print(left("apple").data)
print(left("pear").data)
