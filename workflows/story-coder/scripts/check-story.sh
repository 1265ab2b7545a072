#!/usr/bin/env bash
# usage: check-story.sh STORY
set -euo pipefail
[ -n "$1" ] && exit
printf '%s\n' "Which story? Start again with --fresh --params '{\"story\": \"...\", \"repo\": \"URL or absolute path\"}'." >&2
exit 1
