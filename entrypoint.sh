#!/usr/bin/env bash
# First process of the container. As root, and only here: gives the three volume roots to the
# runner's user and copies what the host lends (logins, settings) to where that user can read it.
# Then drops root for good; tini, the supervisor and the runner never had it.
set -euo pipefail

readonly USER_NAME=node HOME_FOLDER=/agent-state HOST=/mnt/host LENT=/tmp/longhaul-lent
readonly EXIT_USAGE=2 EXIT_NOT_READY=3
here=$(dirname "$(readlink -f "$0")")

say() { printf 'longhaul: %s\n' "$*" >&2; }

# Under a restart policy a container that exits comes straight back. What a person must mend is
# handed to the supervisor, which keeps the code for run.sh and waits.
become_supervisor() {
  local problem=$1
  shift
  exec "${as_user[@]}" env HOME="$HOME_FOLDER" LONGHAUL_NOT_STARTED="$problem" \
    tini -- "$here/container/supervise.sh" "$@"
}

own_volume_roots() { # only the roots: what is below belongs to runs and may be large
  local folder
  for folder in /workspace "$HOME_FOLDER" /runs; do
    [ "$(stat -c %U "$folder")" = "$USER_NAME" ] || chown "$USER_NAME:$USER_NAME" "$folder" 2>/dev/null || true
  done
}

first_unwritable() {
  local folder
  for folder in /workspace "$HOME_FOLDER" /runs /tmp; do
    "${as_user[@]}" test -w "$folder" || { echo "$folder" && return; }
  done
}

# Copies keep their times: the newer of two logins is told by them.
lend() { # path below /mnt/host
  local source=$HOST/$1 copy=$LENT/$1
  [ -f "$source" ] || return 0
  mkdir -p "$(dirname "$copy")"
  cp --preserve=timestamps "$source" "$copy"
}

lend_everything() {
  local file
  umask 077
  mkdir -p "$LENT"
  lend claude/.credentials.json
  lend claude/settings.json
  lend codex/auth.json
  lend codex/config.toml
  for file in "$HOST"/codex/*.config.toml; do lend "codex/${file##*/}"; done
  lend copilot/config.json
  lend copilot/settings.json
  lend copilot/mcp-config.json
  for file in "$HOST"/aws/config "$HOST"/aws/credentials "$HOST"/aws/sso/cache/*.json; do
    lend "${file#"$HOST"/}"
  done
  for file in "$HOST"/files/*; do lend "files/${file##*/}"; done
  chown -R "$USER_NAME:$USER_NAME" "$LENT"
  umask 022
}

main() {
  local folder
  trap 'exit 143' TERM INT
  as_user=()
  if [ "$(id -u)" = 0 ]; then
    as_user=(gosu "$USER_NAME")
    own_volume_roots
    lend_everything
  fi
  folder=$(first_unwritable)
  if [ "$folder" = /runs ] || [ "$folder" = /tmp ]; then
    # Not even the outcome can be kept.
    say "$folder is not writable for $USER_NAME (uid $(id -u "$USER_NAME")). Mend the volume's owner or mount."
    exit "$EXIT_NOT_READY"
  elif [ -n "$folder" ]; then
    say "$folder is not writable for $USER_NAME (uid $(id -u "$USER_NAME")). Mend the volume's owner or mount."
    become_supervisor "$EXIT_NOT_READY" "$@"
  fi
  if [ "${1:-run}" = run ] && ! workflow_is_there; then become_supervisor "$EXIT_USAGE" "$@"; fi
  become_supervisor '' "$@"
}

workflow_is_there() {
  local file
  case ${LONGHAUL_WORKFLOW_HOST_PATH:-/} in
    /*) ;;
    *)
      say "WORKFLOW_DIR is '$LONGHAUL_WORKFLOW_HOST_PATH'; give an absolute path: it is part of the run's identity"
      return 1
      ;;
  esac
  if ! compgen -G '/workflow/*.y*ml' >/dev/null; then
    say 'there is no workflow: mount a folder with a workflow.yaml at /workflow (WORKFLOW_DIR for compose)'
    return 1
  fi
  file=$("${as_user[@]}" find /workflow -maxdepth 1 \( -path /workflow -o -name '*.y*ml' \) ! -readable -print -quit 2>/dev/null || true)
  [ -n "$file" ] || return 0
  say "$USER_NAME (uid $(id -u "$USER_NAME")) cannot read ${LONGHAUL_WORKFLOW_HOST_PATH:-/workflow}${file#/workflow}." \
    "On the host: chmod -R a+rX $(printf '%q' "${LONGHAUL_WORKFLOW_HOST_PATH:-/workflow}")"
  return 1
}

main "$@"
