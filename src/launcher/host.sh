# shellcheck shell=bash disable=SC2154
# Host mode of run.sh: installs and builds the runner in this checkout, then replaces itself with it.
# Sourced by run.sh, whose variables (here, build, workflow_path, ...) it reads.

run_on_host() {
  [ "$action" = run ] || fail "$EXIT_USAGE" "--$action works on containers; a --local run is in your terminal"
  [ "$detach" = no ] || fail "$EXIT_USAGE" '--detach needs the container; a --local run stays in your terminal'
  if [ "$local_mode" = yes ]; then
    say '--local: no isolation (agents act as you, on this machine) and no return after a reboot'
  fi
  make_runner_ready
  mint_start_id
  exec node "$here/dist/main.js" run ${workflow_path:+"$workflow_path${workflow_file:+/$workflow_file}"} \
    ${runner_args[@]+"${runner_args[@]}"}
}

command_on_host() {
  [ "$1" != copy ] || fail "$EXIT_USAGE" 'copy copies runs out of the container volume; local runs are in <workflow>/runs'
  local arguments=("$1")
  name_workflow_for_host "$@"
  make_runner_ready
  exec node "$here/dist/main.js" "${arguments[@]}"
}

# Appends to the caller's arguments, with the path of a workflow that is named by its folder below workflows/.
name_workflow_for_host() { # command, its arguments
  local command=$1 positionals=0
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -*)
        arguments+=("$1")
        if takes_a_value "$1" && [ $# -ge 2 ]; then
          arguments+=("$2")
          shift
        fi
        ;;
      *)
        positionals=$((positionals + 1))
        if names_a_workflow "$command-$positionals"; then
          place_workflow "$1" # the command itself reports other problems
          arguments+=("$workflow_found")
        else
          arguments+=("$1")
        fi
        ;;
    esac
    shift
  done
}

make_runner_ready() {
  require_node
  dependencies_current && build_current && [ "$build" = no ] && return 0
  hold_lock setup
  dependencies_current || step 'installing dependencies (npm ci)' npm ci --no-audit --no-fund
  if [ "$build" = yes ] || ! build_current; then
    step 'building the runner (npm run build)' npm run build
    touch "$here/dist/main.js"
  fi
  release_lock
}

require_node() {
  local version major minor
  command -v node >/dev/null 2>&1 ||
    fail "$EXIT_NOT_READY" 'Node.js is not installed; --local needs Node >= 20.19'
  version=$(node -p process.versions.node)
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 19 ]; }; then
    fail "$EXIT_NOT_READY" "Node $version is too old; --local needs Node >= 20.19"
  fi
}

dependencies_current() {
  local installed=$here/node_modules/.package-lock.json
  [ -f "$installed" ] && ! [ "$here/package-lock.json" -nt "$installed" ]
}

build_current() {
  [ -f "$here/dist/main.js" ] || return 1
  [ -z "$(find "$here/src" "$here/package.json" "$here/tsconfig.json" -newer "$here/dist/main.js" -print | head -n 1)" ]
}

# Runs a command in the checkout without its output; if it fails, prints the whole log.
step() {
  local what=$1 log
  shift
  say "$what"
  log=$(mktemp "${TMPDIR:-/tmp}/longhaul-setup.XXXXXX")
  if ! with_signs_of_life "$what" quietly_here "$log" "$@"; then
    cat "$log" >&2
    rm -f "$log"
    release_lock
    fail "$EXIT_NOT_READY" "$what failed; its output is above"
  fi
  rm -f "$log"
}

quietly_here() { # log, command...
  (cd "$here" && "${@:2}") >"$1" 2>&1 </dev/null
}
