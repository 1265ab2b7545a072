"""Runs a command in a terminal of its own: ROWS COLUMNS COMMAND... Copies what it draws to stdout and ends as it ends.

Lines on stdin: `resize ROWS COLUMNS`, `signal NUMBER`, `keys HEX` (what a person types).
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


rows, columns, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    resize(0, rows, columns)
    os.execvp(command[0], command)

sources = [terminal, 0]
while terminal in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:  # how Linux says that the other side is closed
            data = b""
        if not data:
            sources.remove(source)
        elif source == terminal:
            os.write(1, data)
        else:
            for name, *numbers in map(str.split, data.decode().splitlines()):
                if name == "resize":
                    resize(terminal, *numbers)
                elif name == "keys":
                    os.write(terminal, bytes.fromhex(numbers[0]))
                else:
                    os.kill(child, int(numbers[0]))

_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
