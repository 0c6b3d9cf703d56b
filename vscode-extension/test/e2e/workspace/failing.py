from opto.trace import bundle, node


@bundle(trainable=True)
def divide(pair):
    """The first by the second."""
    return pair[0] / pair[1]


print(divide(node([1, 0])).data)
