from opto.trace import bundle, node


@bundle(trainable=True)
def arrange(numbers):
    """Put the numbers in order."""
    return sorted(numbers)


result = arrange(node([3, 1, 4, 2]))
print(result.data)
