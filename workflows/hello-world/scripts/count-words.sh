#!/usr/bin/env bash
# Counts the words of its first argument. What it prints on stdout becomes the step's outputs.
set -euo pipefail
read -r -a words <<<"$1"
printf '{"words": %d}\n' "${#words[@]}"
