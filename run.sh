#!/usr/bin/env bash
# Runs a Longhaul workflow: in a container, or on this host with --local.
# Works with bash 3.2 (macOS) and later, and with spaces in paths.
set -euo pipefail
unset CDPATH
export HOME="${HOME:-$(cd ~ && pwd)}" # a service may start without HOME

usage() {
  cat <<'TEXT'
usage: ./run.sh                                list the workflows of this checkout
       ./run.sh DIR [options] [runner flags]   run the workflow in DIR (or workflows/DIR)
       ./run.sh DIR --logs|--stop|--shell      watch, stop or enter the container of a run
       ./run.sh --resume-run RUN [options]     resume a run by its name; it knows its workflow
       ./run.sh copy RUN DEST                  copy a run directory out of the runs volume
       ./run.sh COMMAND ...                    status, show, logs, validate, ...: the same
                                               command of Longhaul, on the same volumes
options
  --run-id ID      which run of this workflow (default: default)
  --cli NAME       claude, codex, copilot or replay
  --params JSON    initial context; --params-file FILE reads it from a file of this host
  --fresh          archive the run and start over
  --build          build first (the image; with --local the runner)
  --detach         start in the background and return
  --local          run on this host: no container, no isolation
  --logs           follow the output of the run's container
  --stop           stop the run and keep it stopped, also after a reboot; it can be resumed
  --shell          a shell beside the run (or on its volumes)
Everything else is passed to the runner: ./run.sh run --help
TEXT
}

called=$(printf '%q' "$0") # for commands in messages

say() { printf 'run.sh: %s\n' "$*" >&2; }
fail() {
  local code=$1
  shift
  printf 'run.sh: %s\n' "$*" >&2
  exit "$code"
}
# shellcheck disable=SC2034 # read by src/launcher/*.sh
readonly EXIT_USAGE=2 EXIT_NOT_READY=3 EXIT_HELD=4

# Prints the folder of this file, also if it is called through a symbolic link.
checkout_folder() {
  local file=${BASH_SOURCE[0]} link
  while [ -L "$file" ]; do
    link=$(readlink "$file")
    case $link in
      /*) file=$link ;;
      *) file=$(dirname "$file")/$link ;;
    esac
  done
  (cd "$(dirname "$file")" && pwd -P)
}
here=$(checkout_folder)

list_workflows() {
  local file found=no
  for file in "$here"/workflows/*/workflow.yaml; do
    [ -f "$file" ] || continue
    [ "$found" = yes ] || echo 'Workflows:'
    found=yes
    file=$(dirname "$file")
    echo "  $(basename "$file")"
  done
  [ "$found" = yes ] || echo "No workflow in $here/workflows yet."
  echo 'Run one with: ./run.sh NAME   (or any folder with a workflow.yaml; ./run.sh --help)'
}

# The parsed command line. Flags of the runner stay in runner_args, in their order.
action=run build=no detach=no local_mode=no target='' run_id='' cli=''
command_name='' runner_args=() runner_named=no resume_run='' resume_latest=no

# Only run.sh has the command `copy`.
is_command() { [ "$1" = copy ] || is_longhaul_command "$1"; }

# shellcheck disable=SC2034 # read by src/launcher/*.sh
note_option() { # flag value: the runner's flags that run.sh also needs
  case $1 in
    --run-id) run_id=$2 ;;
    --cli) cli=$2 ;;
    --resume-run) resume_run=$2 ;;
  esac
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        [ "$runner_named" = no ] || { command_name=run runner_args=(--help) && return; }
        usage && exit 0
        ;;
      --build) build=yes ;;
      --detach) detach=yes ;;
      --local) local_mode=yes ;;
      --logs | --stop | --shell) action=${1#--} ;;
      --*=*) # passed on as two arguments
        note_option "${1%%=*}" "${1#*=}"
        runner_args+=("${1%%=*}" "${1#*=}")
        ;;
      -*)
        [ "$1" != --resume-latest ] || resume_latest=yes
        runner_args+=("$1")
        if takes_a_value "$1"; then
          [ $# -ge 2 ] || fail "$EXIT_USAGE" "$1 needs a value"
          note_option "$1" "$2"
          runner_args+=("$2")
          shift
        fi
        ;;
      *)
        if [ -z "$target" ]; then
          if is_command "$1" && [ "$1" != run ]; then
            command_name=$1
            shift
            runner_args=(${runner_args[@]+"${runner_args[@]}"} "$@")
            return
          fi
          if [ "$1" = run ]; then runner_named=yes; else target=$1; fi
        else
          runner_args+=("$1")
        fi
        ;;
    esac
    shift
  done
}

# Sets workflow_found (the given path, or one below workflows/ of this checkout), workflow_path (its folder:
# absolute, no symbolic links), workflow_file (empty = workflow.yaml) and workflow_name (the folder's
# name, which the runner uses for a workflow without a name).
# shellcheck disable=SC2034 # read by src/launcher/*.sh
find_workflow() {
  place_workflow "$1"
  local path=$workflow_found
  workflow_file=''
  if [ -f "$path" ]; then
    workflow_file=$(basename "$path")
    path=$(dirname "$path")
  fi
  workflow_path=$(cd "$path" && pwd -P)
  [ -f "$workflow_path/${workflow_file:-workflow.yaml}" ] ||
    fail_without_workflow "$1" "$workflow_path has no workflow.yaml"
  workflow_name=$(basename "$workflow_path")
  [ "$workflow_file" = workflow.yaml ] && workflow_file=''
  return 0
}

# Sets workflow_found: the path, or, if it has no workflow, the path below workflows/.
place_workflow() {
  workflow_found=$1
  if [ ! -e "$1" ] || { [ -d "$1" ] && [ ! -f "$1/workflow.yaml" ]; }; then
    [ ! -d "$here/workflows/$1" ] || workflow_found=$here/workflows/$1
  fi
  [ -d "$workflow_found" ] || [ -f "$workflow_found" ] ||
    fail_without_workflow "$1" "no workflow at $1 (nor in $here/workflows)" "$called lists the workflows."
}

# With --json it prints the same answer as the runner.
fail_without_workflow() { # name as given, problem, remedy
  local remedy=${3:-Name a folder with a workflow.yaml.}
  case "$command_name ${runner_args[*]-} " in
    validate*' --json '*)
      printf '{"valid":false,"problems":[{"severity":"error","file":%s,"line":1,"column":1,"message":%s,"remedy":%s}]}\n' \
        "$(json_string "$1")" "$(json_string "$2")" "$(json_string "$remedy")"
      ;;
  esac
  fail "$EXIT_USAGE" "$2. $remedy"
}

# One id per start: flags like --fresh act once per id. A container that restarts after a reboot repeats
# this command line with the same id, so they do not act again.
mint_start_id() {
  LONGHAUL_START_ID=$(date -u +%Y%m%dT%H%M%SZ)-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  export LONGHAUL_START_ID
}

engine_answers() {
  command -v docker >/dev/null 2>&1 &&
    [ -n "$(docker version --format '{{.Server.Version}}' 2>/dev/null)" ]
}

# Serializes starts: two at once must not install, build or create containers at the same time.
held_lock=''
hold_lock() { # what
  local lock mine owner told=no
  lock=${TMPDIR:-/tmp}/longhaul-$1-$(id -u)-$(printf '%s' "$here" | cksum | cut -d ' ' -f 1)
  mine="$$ $(process_identity $$)"
  until ln -s "$mine" "$lock" 2>/dev/null; do # creating a link with its content is atomic
    owner=$(readlink "$lock" || true)
    if [ -n "$owner" ] && [ "$owner" != "${owner%% *} $(process_identity "${owner%% *}")" ]; then
      drop_lock_of "$owner"
      continue
    fi
    [ "$told" = yes ] || say "waiting for another start (process ${owner%% *})"
    told=yes
    sleep 1
  done
  held_lock=$lock
  trap release_lock EXIT
}

# Identifies a process across reboots, after which another one may have its pid. Empty if the process is gone.
process_identity() { # pid
  local stat
  if stat=$(cat "/proc/$1/stat" 2>/dev/null); then
    # shellcheck disable=SC2086 # its fields from the third on
    set -- ${stat##*) }
    echo "$(cat /proc/sys/kernel/random/boot_id) ${20}"
  else
    ps -o lstart= -p "$1" 2>/dev/null || true
  fi
}

# Moves the lock away before checking it: another start may have removed the stale lock and hold a new one.
drop_lock_of() { # owner
  local moved=$lock.$$
  mv -f "$lock" "$moved" 2>/dev/null || return 0
  [ "$(readlink "$moved" || true)" = "$1" ] || ln -s "$(readlink "$moved")" "$lock" 2>/dev/null || true
  rm -f "$moved"
}

release_lock() {
  [ -z "$held_lock" ] || rm -f "$held_lock"
  held_lock=''
}

# Runs a command that may be silent for minutes, and prints a line every 15 seconds meanwhile.
with_signs_of_life() { # description, command...
  local what=$1 life code=0
  shift
  (while sleep 15 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do say "still $what ($SECONDS s)"; done) </dev/null &
  life=$!
  "$@" || code=$?
  kill "$life" 2>/dev/null || true
  wait "$life" 2>/dev/null || true
  return $code
}

# shellcheck source=src/launcher/tables.sh
. "$here/src/launcher/tables.sh"
# shellcheck source=src/launcher/host.sh
. "$here/src/launcher/host.sh"
# shellcheck source=src/launcher/container.sh
. "$here/src/launcher/container.sh"

choose_mode() { # -> local_mode: yes, no; or exit 3
  [ "$local_mode" = no ] || return 0
  engine_answers && return 0
  [ -n "$cli" ] || cli=${AGENT_CLI:-claude}
  [ "$cli/$action/$detach" = replay/run/no ] ||
    fail "$EXIT_NOT_READY" "no Docker engine answers, and Longhaul runs agents in a container.
  Start Docker, or run on this host with --local (no isolation, no return after a reboot)."
  say 'no Docker engine answers: replaying on this host (no agent runs, so no isolation is needed)'
  local_mode=replay
}

main() {
  [ $# -gt 0 ] || { list_workflows && exit 0; }
  read_arguments "$@"
  LONGHAUL_CALLED_AS=$called$([ "$local_mode" = no ] || echo ' --local')
  export LONGHAUL_CALLED_AS
  if [ -n "$command_name" ]; then
    run_command "$command_name" ${runner_args[@]+"${runner_args[@]}"}
    return
  fi
  [ "$target$resume_run$resume_latest" != no ] ||
    fail "$EXIT_USAGE" 'name a workflow folder. ./run.sh lists the workflows; ./run.sh --help shows the options.'
  [ -z "$target" ] || find_workflow "$target" # otherwise an existing run names its workflow
  choose_mode
  if [ "$local_mode" != no ]; then run_on_host; else run_in_container; fi
}

# Runs a command where the runs are. `init` only copies files of this host.
run_command() {
  if [ "$local_mode" = yes ] || [ "$1" = init ]; then
    command_on_host "$@"
  elif [ "$1" = doctor ] && [ "${2:-}" != --help ]; then
    doctor "${@:2}"
  elif engine_answers; then
    command_in_container "$@"
  else
    fail "$EXIT_NOT_READY" "no Docker engine answers. For runs on this host: $called --local $1 ..."
  fi
}

main "$@"
