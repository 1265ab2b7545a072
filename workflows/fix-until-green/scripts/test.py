#!/usr/bin/env python3
"""usage: test.py DIRECTORY COMMAND TIMEOUT_SECONDS

Runs the tests. Failing tests are a result, not an error; a command that cannot be started is one. The whole output is
in test.log in the workspace, its end in the answer.
"""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

TAIL_LINES = 150
TAIL_CHARACTERS = 12_000
CANNOT_START = (126, 127)


def main():
    directory, command, timeout_s = sys.argv[1], sys.argv[2], float(sys.argv[3])
    log = Path(os.environ["LONGHAUL_WORKSPACE"]) / "test.log"
    exit_code = run(command, directory, timeout_s, log)
    tail = end_of(log)
    print(tail, file=sys.stderr)
    if exit_code in CANNOT_START:
        sys.exit(f"The test command cannot be started here: {command}")
    if exit_code is None:
        tail += f"\nThe tests were stopped after {timeout_s:g} seconds."
    print(json.dumps({"tests": {"green": exit_code == 0, "exit_code": exit_code, "tail": tail}}))


def run(command, directory, timeout_s, log):
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None


def end_of(log):
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4 * TAIL_CHARACTERS))
        text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-TAIL_LINES:])[-TAIL_CHARACTERS:]


main()
