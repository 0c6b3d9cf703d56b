import os
import resource

from opto import trace


@trace.bundle(trainable=True)
def half(number):
    return number / 2


half(2)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.abort()
