"""Never ends. Given a file's name, it writes there who it and its own child are."""

import os
import subprocess
import sys
import time

from opto import trace

if len(sys.argv) > 1:
    # Records nothing: it has nothing to tell a server, by which it might notice that it is gone.
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    while True:
        time.sleep(1)


@trace.bundle(trainable=True)
def half(number):
    return number / 2


while True:
    half(2)
    time.sleep(0.001)
