import os
import signal

# The parent of a traced program is the language server.
os.kill(os.getppid(), signal.SIGKILL)
