# shellcheck shell=bash disable=SC2154
# Container mode of run.sh: the doctor. It checks here what only this host can see, and passes the findings to the
# doctor in the container, which checks the rest. Sourced by run.sh, whose variables it reads.

doctor() { # its arguments
  local arguments=(doctor) mounts=() positionals=0 first='' terminal='' out='' help=no
  local findings=() lines=() worst=ok volume_options=() told_volumes='' image memory
  read_command_arguments doctor "$@"
  image=$(setting LONGHAUL_IMAGE longhaul:latest)
  find_engine || report_from_here
  [ "$build" = no ] || image_ready
  find_compose
  find_image || report_from_here
  find_volumes
  LONGHAUL_DOCTOR_TOLD=$(printf '{"findings":[%s],"image":%s,"volumes":[%s],"logins":[%s]}' \
    "$(joined "${findings[@]}")" "$(json_string "$image")" "$told_volumes" "$(host_logins)")
  export LONGHAUL_DOCTOR_TOLD
  memory=$(memory_limit)
  set_terminal
  for_a_moment $terminal --entrypoint tini --memory "$memory" --memory-swap "$memory" -e LONGHAUL_DOCTOR_TOLD \
    ${volume_options[@]+"${volume_options[@]}"} ${mounts[@]+"${mounts[@]}"} -- -- longhaul "${arguments[@]}"
}

found() { # level, about, finding, remedy
  local mend=''
  [ -z "${4-}" ] || mend=",\"mend\":$(json_string "$4")"
  findings+=("{\"level\":\"$1\",\"about\":$(json_string "$2"),\"says\":$(json_string "$3")$mend}")
  lines+=("$(printf '%-7s  %s: %s' "$1" "$2" "$3")")
  [ -z "${4-}" ] || lines+=("         -> $4")
  [ "$1" != error ] || worst=error
}

joined() {
  local IFS=,
  echo "$*"
}

# Prints the findings of this host and exits: without an engine or an image no container can check more.
report_from_here() {
  case " ${arguments[*]} " in
    *' --json '*) printf '{"findings":[%s]}\n' "$(joined "${findings[@]}")" ;;
    *) printf '%s\n' "${lines[@]}" ;;
  esac
  [ "$worst" = ok ] || exit "$EXIT_NOT_READY"
  exit 0
}

find_engine() {
  local version problem
  if ! command -v docker >/dev/null 2>&1; then
    found error docker 'not on PATH' "install Docker; without it: $called --local doctor"
    return 1
  fi
  if engine_answers; then
    version=$(docker version --format '{{.Server.Version}}')
    found ok docker "engine $version"
    return 0
  fi
  problem=$(docker version --format '{{.Server.Version}}' 2>&1 | tail -n 1)
  case $problem in
    *'permission denied'*) found error docker "$problem" "sudo usermod -aG docker $(id -un), and log in again" ;;
    *) found error docker "no engine answers: $problem" "start Docker (sudo systemctl start docker); without it: $called --local doctor" ;;
  esac
  return 1
}

find_compose() {
  local version
  if version=$(docker compose version --short 2>/dev/null); then
    found ok 'docker compose' "$version"
  else
    found error 'docker compose' 'version 2 is missing' "install Docker's Compose plugin (docker-compose-plugin)"
  fi
}

find_image() {
  local built revision size
  if ! docker image inspect "$image" >/dev/null 2>&1; then
    found warning image "$image is not built yet; the first start builds it, and only then can doctor check its content" \
      "$called --build doctor"
    return 1
  fi
  revision=$(checkout_revision)
  built=$(image_revision "$image")
  size=$(docker image inspect --format '{{.Size}}' "$image" | awk '{ printf "%d MB", $1 / 1e6 }')
  if is_current "$built" "$revision"; then
    found ok image "$image, $size"
  else
    found warning image "$image, $size, was built from $built; this checkout is at $revision" "$called --build doctor"
  fi
}

# Mounts only volumes that exist: mounting a missing one would create it.
find_volumes() {
  local volumes name place
  volumes=$(setting LONGHAUL_VOLUMES longhaul)
  for place in runs workspace agent-state; do
    name=$volumes-$place
    if docker volume inspect "$name" >/dev/null 2>&1; then
      volume_options+=(-v "$name:/$place")
      told_volumes="$told_volumes${told_volumes:+,}{\"name\":$(json_string "$name"),\"place\":\"/$place\"}"
    else
      found ok "volume $name" 'not made yet; the first start makes it'
    fi
  done
}

host_logins() { # JSON
  local all=() login cli variable
  lend_host_folders
  for login in $LOGIN_FILES; do
    cli=${login%%/*}
    variable=HOST_$(printf %s "$cli" | tr '[:lower:]' '[:upper:]')_DIR
    host_login "$cli" "${!variable}/${login#*/}"
  done
  joined ${all[@]+"${all[@]}"}
}

host_login() { # cli, file
  [ -r "$2" ] || return 0
  [ "$1" != copilot ] || grep -qsi token "$2" || return 0 # the file may have only settings
  all+=("$(printf '{"cli":"%s","file":%s,"changed_at":%s,"sha256":"%s"}' \
    "$1" "$(json_string "$2")" "$(date -r "$2" +%s)" "$(sha256_of "$2")")")
}

sha256_of() { { sha256sum <"$1" 2>/dev/null || shasum -a 256 <"$1"; } | cut -d ' ' -f 1; }
