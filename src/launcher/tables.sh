# shellcheck shell=bash
# What run.sh must know of Longhaul's command line and its logins, on a host that may have no Node.
# `npm run docs` writes this file from the code; a test fails while it is stale.

is_longhaul_command() { # word
  case $1 in
    run | validate | schema | doctor | status | show | logs | stop | clean | classify | graph | report) return 0 ;;
    init | chaos | help) return 0 ;;
  esac
  return 1
}

takes_a_value() { # flag
  case $1 in
    --run-id | --runs-dir | --workspace | --params | --params-file | --cli | --replay | --at | --from) return 0 ;;
    --redo | --resume-run | --limit | --older-than | --keep | --max-size | --stderr | --exit-code) return 0 ;;
    --signal | --stopped-by | --format | --run | --out | --seed | --cases | --only | --jobs) return 0 ;;
  esac
  return 1
}

takes_a_file() { # flag whose value is a file to read
  case $1 in
    --params-file | --replay | --stderr) return 0 ;;
  esac
  return 1
}

names_a_workflow() { # command-number of an argument that is no flag
  case $1 in
    validate-1 | doctor-1 | status-1 | graph-1 | chaos-1) return 0 ;;
  esac
  return 1
}

# The login of each command line below its folder in HOME, which is called so with a dot before it.
# shellcheck disable=SC2034 # read by doctor.sh
readonly LOGIN_FILES='claude/.credentials.json codex/auth.json copilot/config.json'
