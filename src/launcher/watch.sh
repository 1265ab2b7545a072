# shellcheck shell=bash disable=SC2154
# Container mode of run.sh: watches and stops runs.

readonly STOP_GRACE_S=30 EXIT_INTERRUPTED=75
readonly UNKEPT_OUTCOME=/tmp/longhaul-outcome # in the container, used when the volume refuses the file

# Shows the output and exits with the run's exit code. Ctrl-C and SIGTERM stop the run; closing the
# terminal does not.
watch_to_the_end() { # container; reads interrupted of the caller
  local container=$1 code logs
  watch_run "$container"
  trap '' INT TERM
  if [ "$code" = stopped ]; then
    wait "$logs" 2>/dev/null || true
    say 'the container was stopped or removed by someone else; the same command resumes the run'
    exit $EXIT_INTERRUPTED
  fi
  [ "$interrupted" = no ] || say 'stopping the run; the same command resumes it'
  docker stop -t $STOP_GRACE_S "$container" >/dev/null 2>&1 || true
  wait "$logs" 2>/dev/null || true
  [ "$interrupted" = no ] || code=$(exit_code_after_stop "$container")
  remove_run "$container"
  exit "$code"
}

# Sets code (the run's exit code; `stopped` if the container will not restart by itself; empty if a signal ended the
# watching), logs, and, at a signal, interrupted=yes. If the engine stops, it waits: the run resumes with the engine.
watch_run() { # container
  local since=''
  code=''
  trap 'kill $(jobs -p) 2>/dev/null || true; exit 129' HUP # set before the first job starts, so that none is left
  show_log_of "$1"
  trap 'interrupted=yes' INT TERM
  while [ -z "$code" ] && [ "$interrupted" = no ]; do
    wait_for_outcome "$1"
    [ "$interrupted" = yes ] || code=$(outcome_or_end "$1") || true # Ctrl-C interrupts it too
    if [ -z "$code" ] && ! kill -0 "$logs" 2>/dev/null; then
      since=${since:-$(date +%s)}
      engine_answers || continue
      show_log_of "$1" --since "$since"
      since=''
    fi
  done
}

# Sets logs. `docker logs` gets its own process group: Ctrl-C must not end it before the run's last lines.
show_log_of() { # container, options
  set -m
  docker logs -f "${@:2}" "$1" &
  logs=$!
  set +m
}

# Prints the runner's exit code; a killed or removed container counts as interrupted.
exit_code_after_stop() { # container
  local code
  code=$(docker inspect --format '{{.State.ExitCode}}' "$1" 2>/dev/null) || code=$EXIT_INTERRUPTED
  [ "$code" -lt 128 ] || code=$EXIT_INTERRUPTED
  echo "$code"
}

# Returns when the outcome exists, when the container stops, or at a signal to run.sh.
wait_for_outcome() { # container
  local waiting
  # shellcheck disable=SC2016 # expanded in the container
  docker exec -u node "$1" sh -c 'until [ -s "$1" ] || [ -s "$2" ]; do sleep 0.5; done' sh \
    "/runs/.outcomes/$(start_of "$1")" $UNKEPT_OUTCOME >/dev/null 2>&1 &
  waiting=$!
  wait $waiting || true
  kill $waiting 2>/dev/null || true
}

# Prints the exit code, `stopped` if the container will not restart by itself, or nothing while the run continues.
outcome_or_end() { # container
  local state outcome
  outcome=$(outcome_of "$1")
  if [ -n "$outcome" ]; then
    echo "$outcome"
    return
  fi
  sleep 2 # during a restart, and while the engine starts, the state is briefly `exited`
  engine_answers || return 0
  state=$(docker inspect --format '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' "$1" 2>/dev/null) || state=gone
  case $state in
    'exited no') exit_code_after_stop "$1" ;; # LONGHAUL_RESTART=no: it exits with its run
    exited* | dead* | gone) engine_answers && echo stopped ;;
  esac
  return 0
}

start_of() { docker inspect --format '{{index .Config.Labels "longhaul.start"}}' "$1" 2>/dev/null || true; }

# Accepts only a number: for a container that is just dying, the engine prints an error on stdout.
outcome_of() { # container -> exit code of its run, or nothing while it continues
  # shellcheck disable=SC2016 # expanded in the container
  docker exec -u node "$1" sh -c 'cat "$1" || cat "$2"' sh \
    "/runs/.outcomes/$(start_of "$1")" $UNKEPT_OUTCOME 2>/dev/null | grep -xE '[0-9]{1,3}' || true
}

# Each start leaves its outcome in the volume. Once its container is gone, nobody reads the file; a container
# of another engine on the same volume finds its outcome in run.json.
forget_old_outcomes() { # a running container
  local kept
  kept=$(docker ps -a --no-trunc --filter "volume=$(setting LONGHAUL_VOLUMES longhaul)-runs" \
    --format '{{.Label "longhaul.start"}} {{.ID}} {{printf "%.12s" .ID}}') || return 0
  # shellcheck disable=SC2016 # expanded in the container
  docker exec -u node "$1" sh -c 'find /runs/.outcomes -type f -mtime +7 2>/dev/null | while read -r file; do
      printf "%s\n" $1 | grep -qxF "${file##*/}" || rm -f "$file"
    done' sh "$kept" >/dev/null 2>&1 || true
}

# Shows the output until the run is over. Ctrl-C ends the watching, not the run.
show_logs() {
  local container code interrupted=no logs
  container=$(run_container)
  [ -n "$container" ] ||
    fail "$EXIT_USAGE" "$run_name has no container. What it did is in its run directory: $called copy $quoted_run DEST"
  watch_run "$container"
  [ "$interrupted" = yes ] || sleep 1 # let the last lines arrive
  kill "$logs" 2>/dev/null || true
  case $code in
    '') exit 130 ;;
    stopped) say "$run_name is stopped; $same_command resumes it" ;;
    *) say "$run_name is over, exit code $code" ;;
  esac
}

# Stops the run and removes its container, so that no restart of the engine brings it back.
stop_run() {
  local container
  container=$(run_container)
  [ -n "$container" ] || fail "$EXIT_USAGE" "$run_name has no container: nothing to stop"
  say "stopping $run_name; this takes at most $STOP_GRACE_S s"
  docker stop -t $STOP_GRACE_S "$container" >/dev/null
  remove_run "$container"
  say "$run_name is stopped and stays stopped; $same_command resumes it"
}

open_shell() {
  local container terminal mounts=()
  set_terminal
  container=$(run_container)
  if [ -n "$container" ] && [ "$(docker inspect --format '{{.State.Running}}' "$container")" = true ]; then
    exec docker exec $terminal -e TERM -u node "$container" bash
  fi
  image_ready
  say 'the run has no running container; this shell is beside it, on the same volumes'
  lend "$workflow_path" /workflow
  beside_the_runs $terminal --entrypoint bash "${mounts[@]}" --
}
