#!/usr/bin/env python3
"""usage: summarize.py CHECKOUT PLAN REVIEW TESTS REWORKS

Writes summary.md in the workspace: how it ended, the commits, what is open, how to get them.
"""
import json
import os
import subprocess
import sys
from pathlib import Path


def main():
    checkout, plan, review, tests = (json.loads(text or "{}") for text in sys.argv[1:5])
    accepted = review.get("verdict") == "approve" and tests.get("green") is True
    lines = [
        ending(plan, accepted, int(sys.argv[5])),
        "",
        f"Plan: {plan['summary']}",
        *[f"- {task}" for task in plan["tasks"]],
        *opened(review, tests, accepted),
        *branch_lines(checkout),
    ]
    summary = "\n".join(lines) + "\n"
    (Path(os.environ["LONGHAUL_WORKSPACE"]) / "summary.md").write_text(summary)
    print(summary, file=sys.stderr)
    print(json.dumps({"summary": summary, "accepted": accepted}))


def ending(plan, accepted, reworks):
    if plan["status"] != "ready":
        return "Nothing was written: the story is unclear."
    verdict = "approved" if accepted else "not approved"
    return f"Written and {verdict} after {reworks} {'rework' if reworks == 1 else 'reworks'}."


def opened(review, tests, accepted):
    remarks = [f"- {remark}" for remark in review.get("remarks", [])]
    lines = ["", "Remarks of the last review:", *remarks] if remarks else []
    if not accepted and tests.get("green") is False:
        lines += ["", "The tests fail:", "", tests["tail"][-2000:]]
    return lines


def branch_lines(checkout):
    directory, branch = checkout["directory"], checkout["branch"]
    commits = git(directory, "log", "--reverse", "--format=- %h %s", f"{checkout['commit']}..refs/heads/{branch}")
    lines = ["", f"Branch {branch}, made from {checkout['base']} at {checkout['commit'][:12]}:", commits or "- no commits"]
    return [*lines, "", f"To get the branch: git fetch {directory} {branch}:{branch}"] if commits else lines


def git(directory, *arguments):
    return subprocess.run(["git", "-C", directory, *arguments], check=True, capture_output=True, text=True).stdout.strip()


main()
