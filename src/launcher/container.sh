# shellcheck shell=bash disable=SC2154
# Container mode of run.sh: one Compose project per run, all on the same volumes.
# Sourced by run.sh, whose variables (here, build, workflow_path, ...) it reads.

# shellcheck source=src/launcher/watch.sh
. "$here/src/launcher/watch.sh"
# shellcheck source=src/launcher/commands.sh
. "$here/src/launcher/commands.sh"
# shellcheck source=src/launcher/doctor.sh
. "$here/src/launcher/doctor.sh"
# shellcheck source=src/launcher/workflow-name.sh
. "$here/src/launcher/workflow-name.sh"

readonly LENT_FILES=/tmp/longhaul-lent/files # the entrypoint copies files of this host to it

run_in_container() {
  docker compose version >/dev/null 2>&1 ||
    fail "$EXIT_NOT_READY" "'docker compose' (version 2) is missing; install the Compose plugin"
  [ -z "$resume_run" ] || find_run_in_volume
  [ -n "$target" ] ||
    fail "$EXIT_USAGE" "--resume-latest needs a workflow in the container. Name its folder, or a run: $called --resume-run RUN ($called status lists them)"
  name_the_run
  case $action in
    logs) show_logs ;;
    stop) stop_run ;;
    shell) open_shell ;;
    run) start_run ;;
  esac
}

# Sets run_name (the runner's name of the run), project (Compose's: lower case, no dots), and for commands in messages
# same_command and quoted_run.
name_the_run() {
  local identity
  run_name=$(workflow_name "$workflow_path${workflow_file:+/$workflow_file}" "$workflow_name")-${run_id:-default}
  same_command="$called $(printf '%q --run-id %q' "$target" "${run_id:-default}")"
  quoted_run=$(printf '%q' "$run_name")
  identity=$(printf '%s\n%s' "$workflow_path/$workflow_file" "$run_name" | cksum | cut -d ' ' -f 1)
  project=longhaul-$(printf %s "$run_name" | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C tr -c 'a-z0-9_-' - | cut -c 1-60)-$identity
  files_dir=${XDG_STATE_HOME:-$HOME/.local/state}/longhaul/launcher/$project
}

start_run() {
  local override container started=yes interrupted=no
  case " ${runner_args[*]-} " in *' --runs-dir '* | *' --workspace '*)
    fail "$EXIT_USAGE" '--runs-dir and --workspace are volumes in the container; they work with --local' ;;
  esac
  image_ready
  hold_lock "$project"
  make_room
  mint_start_id
  lend_files
  lend_host_folders
  override=$(mktemp "${TMPDIR:-/tmp}/longhaul-compose.XXXXXX")
  write_command >"$override"
  trap 'interrupted=yes' INT TERM # from now on a container may exist
  WORKFLOW_DIR=$workflow_path LONGHAUL_WORKFLOW_NAME=$workflow_name LONGHAUL_LAUNCHER=run.sh RUN_ID=${run_id:-default} \
    compose -f "$override" up -d --no-build --no-recreate --quiet-pull >"$override.log" 2>&1 || started=no
  [ "$started$interrupted" != nono ] || cat "$override.log" >&2
  rm -f "$override" "$override.log"
  [ "$interrupted" = no ] || give_up
  [ "$started" = yes ] || fail "$EXIT_NOT_READY" 'the container did not start; the output of docker compose is above'
  container=$(run_container)
  release_lock
  forget_old_outcomes "$container"
  say "artifacts: $run_name in volume $(setting LONGHAUL_VOLUMES longhaul)-runs; to copy them here: $called copy $quoted_run DEST"
  if [ "$detach" = yes ]; then
    trap - INT TERM
    say "started in the background. Follow: $same_command --logs   stop: --stop"
  else
    watch_to_the_end "$container"
  fi
}

# Handles Ctrl-C during the start of the container.
give_up() {
  local container
  trap '' INT TERM
  container=$(run_container)
  if [ -n "$container" ]; then
    docker stop -t "$STOP_GRACE_S" "$container" >/dev/null 2>&1 || true
    remove_run "$container"
  fi
  say 'stopped while it started; the same command resumes it'
  exit "$EXIT_INTERRUPTED"
}

compose() {
  local files=(-f "$here/compose.yaml") extra
  for extra in "$here/compose.override.yaml" "$(setting LONGHAUL_COMPOSE_OVERRIDE '')"; do
    [ -z "$extra" ] || [ ! -f "$extra" ] || files+=(-f "$extra")
  done
  docker compose --project-directory "$here" -p "$project" "${files[@]}" "$@"
}

# Prints a setting: from the environment, else from .env as Compose reads it, else the default.
setting() {
  local name=$1 value
  if [ -n "${!name+set}" ]; then value=${!name}; else value=$(in_env_file "$name"); fi
  echo "${value:-$2}"
}

in_env_file() { # name
  local value
  value=$(sed -n "s/^ *\(export  *\)\{0,1\}$1 *= *//p" "$here/.env" 2>/dev/null | tail -n 1 | tr -d '\r')
  case $value in
    \"*) value=${value#\"} value=${value%%\"*} ;;
    \'*) value=${value#\'} value=${value%%\'*} ;;
    *) value=$(printf '%s' "$value" | sed 's/  *#.*$//; s/ *$//') ;;
  esac
  echo "$value"
}

image_looked_at=no
image_ready() {
  local image revision built
  [ "$image_looked_at" = no ] || return 0
  image_looked_at=yes
  image=$(setting LONGHAUL_IMAGE longhaul:latest)
  revision=$(checkout_revision)
  if [ "$build" = yes ] || ! docker image inspect "$image" >/dev/null 2>&1; then
    say "building the image $image (the first time takes minutes)"
    export LONGHAUL_REVISION=$revision
    build_image || fail "$EXIT_NOT_READY" 'the image could not be built; the output is above'
    return
  fi
  built=$(image_revision "$image")
  is_current "$built" "$revision" ||
    say "the image $image was built from $built, this checkout is at $revision; --build builds it again"
}

build_image() {
  local WORKFLOW_DIR=${workflow_path:-/} project=longhaul-build
  export WORKFLOW_DIR
  # On a terminal Docker shows its progress. Elsewhere it prints nothing during a long build step.
  if [ -t 2 ]; then compose build >&2; else with_signs_of_life "building the image" compose build >&2; fi
}

checkout_revision() { git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown; }
image_revision() { docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$1"; }

# True also if the revision of the image or of the checkout is unknown.
is_current() { # revision of the image, of the checkout
  [ "$1" = "$2" ] || [ "$1" = unknown ] || [ "$1" = '' ] || [ "$2" = unknown ]
}

# Prints the container of this run, running or not; empty without one.
run_container() {
  docker ps -aq --filter "label=com.docker.compose.project=$project" \
    --filter label=com.docker.compose.oneoff=False | head -n 1
}

# Removes the container of an earlier start, and fails if its run is still running.
make_room() {
  local container started
  container=$(run_container)
  [ -n "$container" ] || return 0
  started=$(docker inspect --format '{{.State.Running}} {{.State.StartedAt}}' "$container")
  case $started in
    true*)
      [ -n "$(outcome_of "$container")" ] ||
        fail "$EXIT_HELD" "$run_name is running already, in container $container since ${started#true }.
  Follow it: $same_command --logs   stop it: --stop   another run: --run-id"
      ;;
  esac
  remove_run "$container"
}

remove_run() { # container
  local network
  docker rm -f "$1" >/dev/null
  for network in $(docker network ls -q --filter "label=com.docker.compose.project=$project"); do
    docker network rm "$network" >/dev/null 2>&1 || true
  done
  rm -rf "$files_dir"
}

# Copies the files of this host that the command line names. The copies live as long as the container: it could
# not restart if a bind-mounted file were gone.
lend_files() {
  local index=0 previous=''
  rm -rf "$files_dir"
  while [ $index -lt ${#runner_args[@]} ]; do
    ! takes_a_file "$previous" || lend_file $index "${previous#--}"
    previous=${runner_args[$index]}
    index=$((index + 1))
  done
}

lend_file() { # index into runner_args, flag without dashes
  local file=${runner_args[$1]} copy
  if [ ! -f "$file" ]; then
    [ ! -d "$file" ] || [ "$2" != replay ] || case $file in
      */*) fail "$EXIT_USAGE" "$file is a directory: --replay takes a file of this host, or the name of a run in the volume" ;;
    esac
    [ "$2" = replay ] && return 0 # the name of a run in the volume
    fail "$EXIT_USAGE" "no such file: $file"
  fi
  (umask 077 && mkdir -p "$files_dir")
  copy=$2-$(basename "$file")
  (umask 077 && cat "$file" >"$files_dir/$copy")
  runner_args[$1]=$LENT_FILES/$copy
  export LONGHAUL_FILES_DIR=$files_dir
}

# Lends only folders that exist: Docker would create a missing one, owned by root.
lend_host_folders() {
  local pair variable folder
  for pair in HOST_CLAUDE_DIR:.claude HOST_CODEX_DIR:.codex HOST_COPILOT_DIR:.copilot HOST_AWS_DIR:.aws; do
    variable=${pair%%:*}
    folder=$(setting "$variable" "$HOME/${pair#*:}")
    if [ -d "$folder" ]; then export "$variable=$folder"; else export "$variable=/dev/null"; fi
  done
  LONGHAUL_MEMORY=$(memory_limit)
  export LONGHAUL_MEMORY
}

# Prints the setting, or 8 GiB but at most three quarters of the memory: a script must not exhaust the machine.
memory_limit() {
  setting LONGHAUL_MEMORY "$(docker info --format '{{.MemTotal}}' |
    awk '{ most = 8 * 2^30; share = $1 * 0.75; printf "%.0f\n", (share > 0 && share < most) ? share : most }')"
}

write_command() {
  local argument list='"run", '
  list=$list$(json_string "/workflow${workflow_file:+/$workflow_file}")
  for argument in ${runner_args[@]+"${runner_args[@]}"}; do list="$list, $(json_string "$argument")"; done
  printf '{"services": {"longhaul": {"command": [%s], "labels": {"longhaul.run": %s, "longhaul.start": "%s"}}}}\n' \
    "$list" "$(json_string "$run_name")" "$LONGHAUL_START_ID" | sed 's/\$/$$/g' # Compose would expand a single $
}

json_string() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\r'/\\r}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}
