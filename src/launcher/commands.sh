# shellcheck shell=bash disable=SC2154
# Container mode of run.sh: the commands of Longhaul that look at runs, each in a container that
# lives as long as the command, on the same volumes. Sourced by run.sh, whose variables it reads.

# Workflows and files of this host among the arguments are mounted and named as the container
# sees them; what a command writes (--out) comes back to this host.
command_in_container() { # command, its arguments
  local arguments=("$1") mounts=() positionals=0 out='' help=no
  image_ready
  [ "$1" != copy ] || copy_run "${@:2}"
  read_command_arguments "$@"
  [ "$1" != report ] || [ -n "$out" ] || out=$(basename "${2:-report}").html
  if [ -n "$out" ] && [ "$help" = no ]; then
    write_here "$out"
  else
    exec_beside_the_runs
  fi
}

# Sets arguments, mounts, out and help of the caller.
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
      -*)
        arguments+=("$1")
        if takes_a_value "$1" && [ $# -ge 2 ]; then
          arguments+=("$2")
          shift
        fi
        ;;
      *)
        positionals=$((positionals + 1))
        case $command-$positionals in
          validate-1 | graph-1 | status-1) lend_workflow "$1" ;;
          *) lend_path "$1" ;;
        esac
        ;;
    esac
    shift
  done
}

lend_workflow() {
  find_workflow "$1"
  mounts+=(-v "$workflow_path:/workflow:ro" -e "LONGHAUL_WORKFLOW_HOST_PATH=$workflow_path"
    -e "LONGHAUL_WORKFLOW_NAME=$workflow_name")
  arguments+=("/workflow${workflow_file:+/$workflow_file}")
}

# A word without a slash is the name of a run or a step, even if a folder here is called so.
lend_path() {
  local path=$1 folder
  if [ ! -f "$path" ]; then
    case $path in */*) [ -d "$path" ] ;; *) false ;; esac || {
      arguments+=("$path")
      return 0
    }
  fi
  folder=$(cd "$(dirname "$path")" && pwd -P)
  path=$folder/$(basename "$path")
  mounts+=(-v "$path:/mnt/lent-$positionals/$(basename "$path"):ro")
  arguments+=("/mnt/lent-$positionals/$(basename "$path")")
}

# The runner's user may own nothing here, so the file comes through a pipe.
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

# With a terminal Longhaul may ask; tini passes Ctrl-C on, which a first process would ignore.
exec_beside_the_runs() {
  local terminal=-i
  if [ -t 0 ] && [ -t 1 ]; then terminal=-it; fi
  beside_the_runs $terminal --entrypoint tini ${mounts[@]+"${mounts[@]}"} -- -- longhaul "${arguments[@]}"
}

# docker run options, then --, then arguments. No root at any time here.
beside_the_runs() {
  local options=() volumes variable
  volumes=$(setting LONGHAUL_VOLUMES longhaul)
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  while IFS= read -r variable; do
    [ -z "${!variable+set}" ] || options+=(-e "$variable")
  done < <(sed -n 's/^      \([A-Za-z_]*\):$/\1/p' "$here/compose.yaml")
  exec docker run --rm --user node --cap-drop ALL --security-opt no-new-privileges --read-only \
    --tmpfs /tmp:mode=1777,exec --pids-limit 4096 \
    -e LONGHAUL_CALLED_AS -v "$volumes-workspace:/workspace" -v "$volumes-agent-state:/agent-state" -v "$volumes-runs:/runs" \
    "${options[@]}" "$(setting LONGHAUL_IMAGE longhaul:latest)" "$@"
}

# A run directory out of the volume, owned by the caller. A live run may grow meanwhile (tar: 1).
copy_run() { # run, destination
  local run=${1-} destination=${2-} volumes
  [ $# -eq 2 ] || fail "$EXIT_USAGE" 'copy takes a run and a folder of this host: ./run.sh copy RUN DEST'
  case $run in '' | .* | */*) fail "$EXIT_USAGE" "not the name of a run: $run" ;; esac
  [ ! -e "$destination/$run" ] || fail "$EXIT_USAGE" "$destination/$run exists already"
  volumes=$(setting LONGHAUL_VOLUMES longhaul)
  # shellcheck disable=SC2016 # expanded in the container
  docker run --rm --network none --user node --cap-drop ALL -v "$volumes-runs:/runs:ro" --entrypoint sh \
    "$(setting LONGHAUL_IMAGE longhaul:latest)" -c '[ -d "/runs/$1" ]' sh "$run" ||
    fail "$EXIT_USAGE" "no run $run in the volume $volumes-runs; ./run.sh status lists them"
  mkdir -p "$destination"
  # shellcheck disable=SC2016
  docker run --rm --network none --user node --cap-drop ALL -v "$volumes-runs:/runs:ro" --entrypoint sh \
    "$(setting LONGHAUL_IMAGE longhaul:latest)" -c 'tar -C /runs -cf - "$1" || [ $? -eq 1 ]' sh "$run" |
    tar -C "$destination" -xf - || fail 1 "copying $run failed"
  say "copied to $destination/$run"
  exit 0
}
