#!/usr/bin/env bash
# usage: prepare.sh REPO BASE BRANCH
# Clones REPO into the workspace and makes BRANCH from BASE. Safe to run twice: the clone appears in one piece.
set -euo pipefail
repo=$1 base=$2 branch=$3
readonly NOT_NOW=75

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

# An outage is waited for; anything else is for a person.
clone() {
  local message
  message=$(LC_ALL=C git clone --quiet --no-hardlinks ${base:+--branch "$base"} -- "$repo" repo.part 2>&1) && return
  printf '%s\n' "$message" >&2
  case $message in
    *'Could not resolve host'* | *'Connection refused'* | *'timed out'* | *'Connection reset'* | \
      *'Failed to connect'* | *'returned error: 5'* | *'early EOF'*) exit "$NOT_NOW" ;;
  esac
  refuse "git cannot clone $repo."
}

# The clone has no branch BASE and nowhere to push to, so nothing that is done in it can land there.
make_side_branch() {
  cd repo.part
  git symbolic-ref --quiet HEAD >&2 || refuse "$base is no branch of $repo."
  base=$(git symbolic-ref --short HEAD)
  [ "$base" != "$branch" ] || refuse "The side branch has the name of the base branch: $base."
  git rev-parse --quiet --verify HEAD >&2 || refuse "Branch $base of $repo has no commits."
  git update-ref refs/longhaul/base HEAD
  git config longhaul.base "$base"
  git switch --quiet --detach
  git branch --quiet -D "$base"
  git switch --quiet --no-track --create "$branch"
  git remote set-url --push origin no-push
  git config user.name >&2 || git config user.name Longhaul
  git config user.email >&2 || git config user.email longhaul@localhost
}

[ -n "$repo" ] || refuse "Which repository? Start again with --fresh --params '{\"repo\": \"URL or absolute path\"}'."
case $repo in
  /* | *:*) ;;
  *) refuse "$repo is neither a URL nor an absolute path." ;;
esac
cd "$LONGHAUL_WORKSPACE"
if [ ! -d repo ]; then
  rm -rf repo.part
  clone
  (make_side_branch)
  mv repo.part repo
fi
cd repo
python3 - "$PWD" "$(git config longhaul.base)" "$branch" "$(git rev-parse refs/longhaul/base)" <<'PYTHON'
import json, sys
print(json.dumps({"checkout": dict(zip(["directory", "base", "branch", "commit"], sys.argv[1:]))}))
PYTHON
