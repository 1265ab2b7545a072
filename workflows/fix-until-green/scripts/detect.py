#!/usr/bin/env python3
"""usage: detect.py DIRECTORY TEST_COMMAND SETUP_COMMAND

Says how the project's tests are run: TEST_COMMAND if it is given, else by the first sign found. Changes nothing in
the project, but keeps what its tools leave behind out of the commits.
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

LEFTOVERS = {
    "npm": ["node_modules/"],
    "pytest": ["__pycache__/", ".pytest_cache/"],
    "cargo": ["target/"],
}


def main():
    directory, test_command, setup_command = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    kind = detect(directory)
    if test_command == "" and kind is None:
        sys.exit(
            "No test command was found: no package.json with a test script, no pytest settings or test_*.py, "
            "no Cargo.toml, no go.mod, no Makefile with a target test or check. "
            """Start again with --fresh and "test_command" in --params."""
        )
    exclude(directory, LEFTOVERS.get(kind, []))
    if test_command == "":
        test_command = command_of(kind, directory)
        require_tool(kind)
    if setup_command == "" and kind == "npm" and (directory / "package-lock.json").exists():
        setup_command = "npm ci"
    project = {"kind": kind or "given", "test_command": test_command, "setup_command": setup_command}
    print(json.dumps({"project": project}))


def detect(directory):
    if has_npm_test(directory):
        return "npm"
    if has_pytest(directory):
        return "pytest"
    if (directory / "Cargo.toml").exists():
        return "cargo"
    if (directory / "go.mod").exists():
        return "go"
    return "make" if make_target(directory) else None


def has_npm_test(directory):
    try:
        package = json.loads(text_of(directory / "package.json") or "{}")
    except ValueError as error:
        sys.exit(f"package.json cannot be read: {error}")
    scripts = package.get("scripts") if isinstance(package, dict) else None
    test = scripts.get("test") if isinstance(scripts, dict) else None
    return isinstance(test, str) and "no test specified" not in test  # what `npm init` writes


def has_pytest(directory):
    settings = {"pytest.ini": "", "pyproject.toml": "[tool.pytest", "setup.cfg": "[tool:pytest]", "tox.ini": "[pytest]"}
    if any((directory / name).exists() and mark in text_of(directory / name) for name, mark in settings.items()):
        return True
    places = [directory, directory / "tests", directory / "test"]
    return any(list(place.glob("test_*.py")) or (place / "conftest.py").exists() for place in places)


def make_target(directory):
    for name in ["GNUmakefile", "makefile", "Makefile"]:
        targets = re.findall(r"^(test|check)\s*:(?!=)", text_of(directory / name), re.MULTILINE)
        if targets:
            return "test" if "test" in targets else "check"
    return None


def text_of(file):
    return file.read_text(errors="replace") if file.is_file() else ""


def command_of(kind, directory):
    fixed = {"npm": "npm test", "pytest": "python3 -m pytest", "cargo": "cargo test", "go": "go test ./..."}
    return fixed.get(kind) or f"make {make_target(directory)}"


def require_tool(kind):
    if kind == "pytest":
        found = subprocess.run(["python3", "-c", "import pytest"], stderr=subprocess.DEVNULL).returncode == 0
    else:
        found = shutil.which(kind) is not None
    if not found:
        sys.exit(f"The project's tests are run with {kind}, which is not installed here.")


def exclude(directory, patterns):
    file = directory / ".git" / "info" / "exclude"
    known = text_of(file).splitlines()
    missing = [pattern for pattern in patterns if pattern not in known]
    if missing:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([*known, *missing]) + "\n")


main()
