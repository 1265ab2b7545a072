#!/usr/bin/env bash
# Stands over the runner inside the container, without root.
#
# The container is under `restart: always`, the one policy that brings it back after every kind of
# engine death. So it must not exit when its run is over (it would be started again at once): the
# outcome is kept in the runs volume and this process waits until run.sh removes the container.
# It exits only for an interruption: a signal to the container, or the death of the runner.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
say() { printf 'longhaul: %s\n' "$*" >&2; }

# shellcheck source=src/container/seed-logins.sh
. "$here/seed-logins.sh"
# shellcheck source=src/container/workflow-name.sh
. "$here/workflow-name.sh"

readonly EXIT_NOT_READY=3 EXIT_INTERRUPTED=75

main() {
  [ "${1:-run}" = run ] || run_command "$@"
  shift || true
  export LONGHAUL_START_ID=${LONGHAUL_START_ID:-$(container_id)}
  outcome_file=/runs/.outcomes/$(printf %s "$LONGHAUL_START_ID" | tr -c 'A-Za-z0-9._-' -)
  export LONGHAUL_WORKFLOW_NAME=${LONGHAUL_WORKFLOW_NAME:-$(basename "${LONGHAUL_WORKFLOW_HOST_PATH:-/workflow}")}
  local code
  if code=$(outcome_of_this_start); then
    say "this run is over (exit code $code); nothing is started. ./run.sh starts it again."
    finish "$code"
  fi
  [ -z "${LONGHAUL_NOT_STARTED:-}" ] || finish "$LONGHAUL_NOT_STARTED"
  seed_everything
  read_run_arguments "$@"
  require_login
  run_to_its_end
}

# Any other command of Longhaul, or a shell: nothing to stand over.
run_command() {
  [ -z "${LONGHAUL_NOT_STARTED:-}" ] || exit "$LONGHAUL_NOT_STARTED"
  seed_everything
  case $1 in bash | sh) exec "$@" ;; esac
  exec longhaul "$@"
}

# A container that was not started by run.sh: the same one comes back under the same id.
# (Its host name will not do: with the host's network that is the host's.)
container_id() {
  local id
  id=$(sed -n 's#.*/containers/\([0-9a-f]\{64\}\)/.*#\1#p' /proc/self/mountinfo | head -n 1)
  echo "${id:-$(hostname)}"
}

# The code this start ended with: kept by us, or by the runner when power failed in between.
outcome_of_this_start() {
  if [ -s "$outcome_file" ]; then cat "$outcome_file"; else run_record -e '.exit_code // empty'; fi
}

# What run.json of the run that this start worked on says; fails when there is none. Journals may be many and
# large: one that was not written since this container was created knows nothing of its start.
run_record() { # jq arguments
  local journal since_creation=()
  [ ! -e /.dockerenv ] || since_creation=(-newer /.dockerenv)
  journal=$(find /runs -mindepth 2 -maxdepth 2 -name journal.jsonl "${since_creation[@]}" \
    -exec grep -lF "\"start_id\":\"$LONGHAUL_START_ID\"" {} + 2>/dev/null | head -n 1) || true
  [ -n "$journal" ] && jq "$@" "$(dirname "$journal")/run.json" 2>/dev/null
}

# Sets run_arguments, cli, run_id and resumes (a run that exists) from the command line of the container.
read_run_arguments() {
  local workspace=no previous='' argument
  cli=${AGENT_CLI:-claude} run_id=default resumes=no run_arguments=("$@")
  for argument in "$@"; do
    case $previous in --cli) cli=$argument ;; --run-id) run_id=$argument ;; esac
    case $argument in
      --cli=*) cli=${argument#*=} ;;
      --run-id=*) run_id=${argument#*=} ;;
      --workspace | --workspace=*) workspace=yes ;;
      --resume-*) resumes=yes ;;
    esac
    previous=$argument
  done
  [ "$workspace$resumes" != nono ] ||
    run_arguments+=(--workspace "/workspace/$(workflow_name "$1" "$LONGHAUL_WORKFLOW_NAME")-$run_id")
}

# Only before a run's first step: a run that is under way waits for its login instead.
require_login() {
  has_login "$cli" || [ "$resumes" = yes ] || [ -n "$(find_started_run)" ] || {
    say "no login for $cli: $(how_to_log_in "$cli"). Without any account: --cli replay."
    finish "$EXIT_NOT_READY"
  }
}

find_started_run() {
  local journal
  for journal in /runs/*/journal.jsonl; do
    [ -f "$journal" ] || continue
    head -n 1 "$journal" | jq -r --arg path "${LONGHAUL_WORKFLOW_HOST_PATH:-/workflow}" --arg id "$run_id" \
      'select(.run_id == $id and (.workflow.path + "/" | startswith($path + "/"))) | .run_dir' 2>/dev/null || true
  done
}

run_to_its_end() {
  local code=0 stopped=no runner
  # Orphans in here are the run's own: nobody else starts anything.
  LONGHAUL_CONTAINER=1 longhaul run "${run_arguments[@]}" </dev/null &
  runner=$!
  trap 'stopped=yes; kill -TERM "$runner" 2>/dev/null || true' TERM INT HUP
  while kill -0 "$runner" 2>/dev/null; do wait "$runner" || true; done # a trap ends wait early
  wait "$runner" || code=$?
  trap - TERM INT HUP
  if [ "$stopped" = yes ]; then
    # A run that ended in spite of the signal is over and must not come back.
    if [ "$code" != "$EXIT_INTERRUPTED" ] && [ "$code" -lt 128 ]; then keep_outcome "$code"; fi
    exit "$code"
  fi
  if [ "$code" -ge 128 ] || { [ "$code" = $EXIT_INTERRUPTED ] && run_record -e '.exit_code == null' >/dev/null; }; then
    say "the runner was cut off (exit status $code); the container comes back and the run resumes"
    exit "$code"
  fi
  finish "$code"
}

# In the volume, so that it outlives the container. A volume that is full or closed must not make
# the container exit and come back for ever: then run.sh finds the code in /tmp, and a start after
# a reboot finds it in run.json.
keep_outcome() {
  { mkdir -p "$(dirname "$outcome_file")" &&
    printf '%s\n' "$1" >"$outcome_file.new" &&
    sync "$outcome_file.new" &&
    mv -f "$outcome_file.new" "$outcome_file" &&
    sync "$(dirname "$outcome_file")"; } 2>/dev/null ||
    say "could not keep the exit code $1 in $outcome_file: is the volume full, or not writable for $(id -un)?"
  printf '%s\n' "$1" >/tmp/longhaul-outcome || true
}

finish() {
  keep_outcome "$1"
  if [ "${LONGHAUL_RESTART:-always}" = no ]; then exit "$1"; fi
  [ -n "${LONGHAUL_LAUNCHER:-}" ] ||
    say "finished with exit code $1. This container now idles, so that no restart repeats the run; 'docker compose down' removes it."
  trap 'exit 0' TERM INT HUP
  sleep infinity &
  wait
}

main "$@"
