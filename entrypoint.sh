#!/usr/bin/env bash
# First process of the container, and the only one with root. It gives the three volume roots to the runner's user, and copies
# the host's logins and settings to a place where that user can read them. Then it drops root for good: tini, the supervisor
# and the runner never have it.
set -euo pipefail

readonly USER_NAME=node HOST=/mnt/host LENT=/tmp/longhaul-lent
here=$(dirname "$(readlink -f "$0")")

own_volume_roots() { # only the roots: the folders below belong to runs and may be large
  local folder
  for folder in /workspace /agent-state /runs; do
    [ "$(stat -c %U "$folder")" = "$USER_NAME" ] || chown "$USER_NAME:$USER_NAME" "$folder" 2>/dev/null || true
  done
}

# Copies keep their times, because the supervisor compares them to find the newer of two logins.
lend_files() {
  local pattern file copy
  umask 077
  mkdir -p "$LENT"
  while read -r pattern; do
    # shellcheck disable=SC2231 # the pattern must expand
    for file in "$HOST"/$pattern; do
      [ -f "$file" ] || continue
      copy=$LENT${file#"$HOST"}
      mkdir -p "$(dirname "$copy")"
      cp --preserve=timestamps "$file" "$copy"
    done
  done <"$here/lent-files"
  chown -R "$USER_NAME:$USER_NAME" "$LENT"
  umask 022
}

main() {
  local as_user=()
  trap 'exit 143' TERM INT
  if [ "$(id -u)" = 0 ]; then
    own_volume_roots
    lend_files
    as_user=(gosu "$USER_NAME")
  fi
  exec "${as_user[@]}" tini -- node "$here/dist/container.js" "$@"
}

main "$@"
