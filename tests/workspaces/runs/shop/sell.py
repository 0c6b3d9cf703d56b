"""Tells how it was started."""

import os
import sys

print("args", *sys.argv[1:])
print("env", os.environ["SHOP"], os.environ["STREET"], os.environ.get("LEFT"))
print("path", os.environ["PYTHONPATH"])
print("in", os.path.basename(os.getcwd()), sys.flags.dev_mode)
print("read", *sys.stdin.read().splitlines())
