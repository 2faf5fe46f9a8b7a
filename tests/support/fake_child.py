"""A stand-in for a node or an engine: does what its test says over a socket, whose end is the child's end.

`python fake_child.py ROLE CONTROL [LISTEN]`. It says `ROLE PID`, then obeys: `end N` leaves with status N, `say TEXT`
writes a line, `deaf` makes it pass over SIGTERM. On SIGTERM it says `asked`, and leaves with status 0.
"""

import os
import signal
import socket
import sys
from types import FrameType


def main(role: str, control: str, listen: str = "") -> None:
    if listen:
        door = socket.socket(socket.AF_UNIX)
        door.bind(listen)
        door.listen()
    line = socket.socket(socket.AF_UNIX)
    line.connect(control)

    def leave(number: int, frame: FrameType | None) -> None:
        line.sendall(b"asked\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    line.sendall(f"{role} {os.getpid()}\n".encode())
    for order in line.makefile():
        word, _, rest = order.strip().partition(" ")
        if word == "end":
            sys.exit(int(rest))
        if word == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if word == "say":
            print(rest, flush=True)
        line.sendall(b"done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
