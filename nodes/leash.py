"""`python -I -S leash.py PARENT PROGRAM ARGUMENT…`: become a program that ends as soon as its parent does.

A supervisor that is killed cannot end its children. So each asks the system to be killed with it, and only then becomes
the program that it is to be; the request outlives that step. A parent that has gone meanwhile is noticed by its number.
Linux knows this request; elsewhere a child is left behind, and the lock of its directory tells the next one.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Ask, and become the program. Does not return."""
    parent, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
