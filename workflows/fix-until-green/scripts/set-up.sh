#!/usr/bin/env bash
# usage: set-up.sh COMMAND
# Installs what the tests need. Package managers can be run twice.
set -euo pipefail
[ -n "$1" ] || exit 0
exec bash -c "$1"
