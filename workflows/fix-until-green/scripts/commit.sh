#!/usr/bin/env bash
# usage: commit.sh DIRECTORY BRANCH SUMMARY
# Commits all changes, on BRANCH only. Safe to run twice: a commit names the step that made it.
set -euo pipefail
directory=$1 branch=$2 summary=$3
cd "$directory"

# Locks of a git that was killed; Longhaul has seen it gone before it starts a step.
find .git -name '*.lock' -type f -delete

# An agent that changed to another branch: its files are taken, its branch is not.
if [ "$(git symbolic-ref --quiet HEAD || true)" != "refs/heads/$branch" ]; then
  git symbolic-ref HEAD "refs/heads/$branch"
  git reset --quiet
fi

mine="Longhaul-Step: $LONGHAUL_STEP"
hash=$(git log -1 --format=%H --grep="^$mine\$" refs/longhaul/base..HEAD)
if [ -z "$hash" ]; then
  git add --all
  if ! git diff --cached --quiet; then
    subject=${summary%%$'\n'*}
    git -c core.hooksPath=/dev/null -c commit.gpgSign=false commit --quiet \
      --message "${subject:0:72}" --message "$mine" >&2
    hash=$(git rev-parse HEAD)
  fi
fi
printf '{"commit": {"hash": "%s"}}\n' "$hash"
