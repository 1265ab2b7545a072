# shellcheck shell=bash disable=SC2154
# Container mode of run.sh: Longhaul's commands about runs. Each gets its own container on the same
# volumes, which is removed with the command. Sourced by run.sh, whose variables it reads.

# Mounts workflows and files of this host that the arguments name, and replaces them by their paths in
# the container. Writes the file of --out on this host.
command_in_container() { # command, its arguments
  local arguments=("$1") mounts=() positionals=0 first=report terminal out='' help=no
  [ "$1" = copy ] || read_command_arguments "$@"
  image_ready
  [ "$1" != copy ] || copy_run "${@:2}"
  [ "$1" != report ] || [ -n "$out" ] || out=$(basename "$first").html
  if [ "$help" = yes ]; then
    exec_beside_the_runs
  elif [ "$1" = chaos ]; then
    exec_away_from_the_runs
  elif [ -n "$out" ]; then
    write_here "$out"
  else
    exec_beside_the_runs
  fi
}

# Sets the caller's variables arguments, mounts, out, help and first (the first argument that is not a flag).
read_command_arguments() { # command, its arguments
  local command=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) help=yes arguments+=("$1") ;;
      --runs-dir | --runs-dir=*) fail "$EXIT_USAGE" '--runs-dir is a volume in the container; it works with --local' ;;
      --out=*) out=${1#*=} ;;
      --out)
        [ $# -ge 2 ] || fail "$EXIT_USAGE" '--out needs a value'
        out=$2
        shift
        ;;
      --keep-runs) fail "$EXIT_USAGE" '--keep-runs leaves runs on this host; it works with --local' ;;
      --*=*) lend_value "${1%%=*}" "${1#*=}" ;;
      -*)
        if takes_a_value "$1" && [ $# -ge 2 ]; then
          lend_value "$1" "$2"
          shift
        else
          arguments+=("$1")
        fi
        ;;
      *)
        positionals=$((positionals + 1))
        if names_a_workflow "$command-$positionals"; then
          lend_workflow "$1"
        else
          case $command-$1 in
            classify-* | *-*/*) lend_path "$1" ;;
            *) arguments+=("$1") ;; # the name of a run or a step, even if a file has the same name
          esac
        fi
        [ $positionals -gt 1 ] || first=$1
        ;;
    esac
    shift
  done
}

lend_workflow() {
  find_workflow "$1"
  lend "$workflow_path" /workflow
  mounts+=(-e "LONGHAUL_WORKFLOW_HOST_PATH=$workflow_path" -e "LONGHAUL_WORKFLOW_NAME=$workflow_name")
  arguments+=("/workflow${workflow_file:+/$workflow_file}")
}

# --replay may name a run in the volume; only then is the volume mounted.
lend_value() { # flag, value
  arguments+=("$1")
  if takes_a_file "$1"; then lend_path "$2" "${1#--}"; else arguments+=("$2"); fi
  if [ "$1" = --replay ] && [ "${arguments[${#arguments[@]} - 1]}" = "$2" ]; then
    arguments[${#arguments[@]} - 1]=/runs/$2
    mounts+=(-v "$(setting LONGHAUL_VOLUMES longhaul)-runs:/runs:ro")
  fi
}

# Takes a folder only if the path has a slash; otherwise it is the name of a run.
lend_path() { # path, name of its mount point
  local path=$1 place=/mnt/lent-${2:-$positionals} folder
  if [ ! -f "$path" ]; then
    case $path in */*) [ -d "$path" ] ;; *) false ;; esac || {
      arguments+=("$path")
      return 0
    }
  fi
  folder=$(cd "$(dirname "$path")" && pwd -P)
  path=$folder/$(basename "$path")
  lend "$path" "$place/$(basename "$path")"
  arguments+=("$place/$(basename "$path")")
}

# Uses --mount, because -v fails for paths with a colon. Docker parses its value as CSV.
lend() { # path of this host, place in the container
  mounts+=(--mount "type=bind,$(csv_field "source=$1"),$(csv_field "target=$2"),readonly")
}

csv_field() { printf '"%s"' "$(printf '%s' "$1" | sed 's/"/""/g')"; }

# Pipes the file out of the container, because the container's user may not write to this folder.
write_here() { # file of this host
  local made code=0
  [ -d "$(dirname "$1")" ] || fail "$EXIT_USAGE" "no such folder: $(dirname "$1")"
  made=$(mktemp "${TMPDIR:-/tmp}/longhaul-out.XXXXXX")
  # shellcheck disable=SC2016 # expanded in the container
  (beside_the_runs --entrypoint sh ${mounts[@]+"${mounts[@]}"} -- \
    -c 'longhaul "$@" --out /tmp/out >/dev/null && cat /tmp/out' sh "${arguments[@]}") >"$made" || code=$?
  [ $code -ne 0 ] || cat "$made" >"$1" || code=1
  rm -f "$made"
  [ $code -ne 0 ] || echo "$1"
  exit $code
}

# With a terminal Longhaul can ask questions. tini passes on Ctrl-C, which Longhaul as process 1 would ignore.
exec_beside_the_runs() {
  set_terminal
  beside_the_runs $terminal --entrypoint tini ${mounts[@]+"${mounts[@]}"} -- -- longhaul "${arguments[@]}"
}

# For chaos, whose scripts may do anything: they write to anonymous volumes, which are removed with the container, under the
# limits of a run. It asks no questions, so it may run in the background.
exec_away_from_the_runs() {
  local memory
  memory=$(memory_limit)
  set_terminal
  [ $terminal = -it ] || terminal=-t=false
  for_a_moment $terminal --entrypoint tini --memory "$memory" --memory-swap "$memory" -e TMPDIR=/workspace \
    ${mounts[@]+"${mounts[@]}"} -- -- longhaul "${arguments[@]}"
}

# Sets terminal. With -t Docker merges stdout and stderr, so all three streams must be a terminal here.
set_terminal() {
  terminal=-i
  if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then terminal=-it; fi
}

# docker run options, then --, then arguments.
beside_the_runs() {
  local volumes
  volumes=$(setting LONGHAUL_VOLUMES longhaul)
  for_a_moment -v "$volumes-workspace:/workspace" -v "$volumes-agent-state:/agent-state" -v "$volumes-runs:/runs" "$@"
}

# Runs a command in a container without root.
for_a_moment() {
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  pass_on_variables
  exec docker run --rm --user node --cap-drop ALL --security-opt no-new-privileges --read-only \
    --tmpfs "/tmp:mode=1777,exec,size=$(setting LONGHAUL_TMP_SIZE 2g)" --pids-limit "$(setting LONGHAUL_PIDS 4096)" \
    -e LONGHAUL_CALLED_AS -e TERM -e NO_COLOR "${options[@]}" "$(setting LONGHAUL_IMAGE longhaul:latest)" "$@"
}

# Adds the variables that compose.yaml passes to a run, from the environment or .env, to options. It passes
# names only: a value may be secret, and everyone can read the command line of a process.
pass_on_variables() {
  local variable written
  written=" $(sed -n 's/^ *\(export  *\)\{0,1\}\([A-Za-z_][A-Za-z0-9_]*\) *=.*/\2/p' "$here/.env" 2>/dev/null | tr '\n' ' ' || true) "
  while IFS= read -r variable; do
    if [ -z "${!variable+set}" ]; then
      case $written in *" $variable "*) ;; *) continue ;; esac
      export "$variable=$(in_env_file "$variable")"
    fi
    options+=(-e "$variable")
  done < <(sed -n 's/^      \([A-Za-z_][A-Za-z0-9_]*\):$/\1/p' "$here/compose.yaml")
}

# Sets run_id of the run to resume, and its workflow if none is named.
find_run_in_volume() {
  local run=${resume_run#/runs/} facts path
  case $run in .* | */*)
    fail "$EXIT_USAGE" "$resume_run is not the name of a run in the volume; $called status lists them. A folder of this host works with --local" ;;
  esac
  image_ready
  # shellcheck disable=SC2016 # expanded in the container
  facts=$(in_runs_volume 'cd "/runs/$1" 2>/dev/null || exit
    { cat run.json 2>/dev/null || head -n 1 journal.jsonl; } | jq -r .run_id,.workflow.path' "$run") || facts=''
  run_id=${facts%%$'\n'*} path=${facts#*$'\n'}
  [ -n "$run_id" ] || no_such_run "$run"
  [ -z "$target" ] || return 0
  [ -d "$path" ] ||
    fail "$EXIT_USAGE" "the workflow of $run was at $path, which does not exist any more. Name its folder too: $called FOLDER --resume-run $(printf '%q' "$run")"
  target=$path
  find_workflow "$target"
}

no_such_run() { # its name
  fail "$EXIT_USAGE" "no run $1 in the volume $(setting LONGHAUL_VOLUMES longhaul)-runs; $called status lists them"
}

# Runs a shell script in a container that has only the volume.
in_runs_volume() { # script, its arguments
  docker run --rm --network none --user node --cap-drop ALL -v "$(setting LONGHAUL_VOLUMES longhaul)-runs:/runs:ro" \
    --entrypoint sh "$(setting LONGHAUL_IMAGE longhaul:latest)" -c "$1" sh "${@:2}"
}

# Copies a run directory out of the volume, owned by the caller. tar exits with 1 if a live run grows meanwhile.
copy_run() { # run, destination
  local run=${1-} destination=${2-}
  [ $# -eq 2 ] || fail "$EXIT_USAGE" 'copy takes a run and a folder of this host: ./run.sh copy RUN DEST'
  case $run in '' | .* | */*) fail "$EXIT_USAGE" "not the name of a run: $run" ;; esac
  [ ! -e "$destination/$run" ] || fail "$EXIT_USAGE" "$destination/$run exists already"
  # shellcheck disable=SC2016 # expanded in the container
  in_runs_volume '[ -d "/runs/$1" ]' "$run" || no_such_run "$run"
  mkdir -p "$destination"
  # shellcheck disable=SC2016
  in_runs_volume 'tar -C /runs -cf - "$1" || [ $? -eq 1 ]' "$run" |
    tar -C "$destination" -xf - || fail 1 "copying $run failed"
  say "copied to $destination/$run"
  exit 0
}
