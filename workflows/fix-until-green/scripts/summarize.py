#!/usr/bin/env python3
"""usage: summarize.py CHECKOUT TESTS ROUNDS LAST_SUMMARY

Writes summary.md in the workspace: how it ended, the commits, how to get them.
"""
import json
import os
import subprocess
import sys
from pathlib import Path


def main():
    checkout, tests, rounds, last = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    directory, branch = checkout["directory"], checkout["branch"]
    commits = git(directory, "log", "--reverse", "--format=- %h %s", f"{checkout['commit']}..refs/heads/{branch}")
    state = "green" if tests["green"] else "still red"
    lines = [
        f"The tests are {state} after {rounds} {'round' if rounds == 1 else 'rounds'}.",
        "",
        f"Branch {branch}, made from {checkout['base']} at {checkout['commit'][:12]}:",
        commits or "- no commits",
    ]
    if not tests["green"]:
        lines += ["", f"The agent's last words: {last or 'none'}", "The tests' last words:", "", tests["tail"][-2000:]]
    if commits:
        lines += ["", f"To get the branch: git fetch {directory} {branch}:{branch}"]
    summary = "\n".join(lines) + "\n"
    (Path(os.environ["LONGHAUL_WORKSPACE"]) / "summary.md").write_text(summary)
    print(summary, file=sys.stderr)
    print(json.dumps({"summary": summary}))


def git(directory, *arguments):
    return subprocess.run(["git", "-C", directory, *arguments], check=True, capture_output=True, text=True).stdout.strip()


main()
