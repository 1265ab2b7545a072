# shellcheck shell=bash
# Logins and settings of the three command lines, from what the host lends into HOME.
# Sourced by supervise.sh; runs without root.
#
# A login is seeded once. After that the volume's copy lives its own life (the CLI rotates it), so
# the host's is taken again only when it changed since and is the newer of the two.

readonly LENT=/tmp/longhaul-lent
readonly SEEDED=$HOME/.longhaul/seeded # <cli>: checksum of the host's login when it was last looked at

seed_everything() {
  mkdir -p "$SEEDED" "$HOME/.claude" "$HOME/.codex" "$HOME/.copilot"
  seed_login claude .claude/.credentials.json \
    CLAUDE_CODE_OAUTH_TOKEN ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX
  seed_login codex .codex/auth.json CODEX_API_KEY CODEX_ACCESS_TOKEN
  seed_login copilot .copilot/config.json COPILOT_GITHUB_TOKEN GH_TOKEN GITHUB_TOKEN COPILOT_PROVIDER_BASE_URL
  refresh_settings
  write_onboarding_stubs
  rm -rf "$LENT/claude" "$LENT/codex" "$LENT/copilot" "$LENT/aws"
}

seed_login() { # cli, path below HOME, variables that are a login of their own
  local cli=$1 mine=$HOME/$2 lent variable checksum
  lent=$LENT/${2#.}
  shift 2
  [ -f "$lent" ] || return 0
  for variable in "$@"; do
    if [ -n "${!variable:-}" ]; then
      say "$cli: $variable is set and wins over the host's login"
      return 0
    fi
  done
  checksum=$(sha256sum <"$lent")
  if [ ! -f "$mine" ]; then
    copy_into_place "$lent" "$mine"
    say "$cli: login copied from the host"
  elif [ "$checksum" = "$(cat "$SEEDED/$cli" 2>/dev/null)" ]; then
    return 0
  elif cmp -s "$lent" "$mine"; then
    :
  elif [ "$lent" -nt "$mine" ]; then
    copy_into_place "$lent" "$mine"
    say "$cli: the host's login changed and is newer than the one in the volume: taken"
  else
    say "$cli: the host's login changed, but the volume holds a newer one: kept." \
      "To take the host's: log in again there, or remove ~/${mine#"$HOME"/} in the container."
  fi
  printf '%s\n' "$checksum" >"$SEEDED/$cli"
}

# Renamed into place: another run may be reading the login right now.
copy_into_place() { # from, to
  local new
  new=$(mktemp "$2.XXXXXX")
  cp --preserve=timestamps "$1" "$new"
  mv -f "$new" "$2"
}

# No secrets, and edited on the host: always as they are there.
refresh_settings() {
  local file
  for file in claude/settings.json codex/config.toml copilot/settings.json copilot/mcp-config.json \
    "$LENT"/codex/*.config.toml "$LENT"/aws/config "$LENT"/aws/credentials "$LENT"/aws/sso/cache/*.json; do
    file=${file#"$LENT"/}
    [ -f "$LENT/$file" ] || continue
    mkdir -p "$(dirname "$HOME/.$file")"
    copy_into_place "$LENT/$file" "$HOME/.$file"
  done
}

# A first start would ask for a theme or for consent, and nobody is there to answer.
write_onboarding_stubs() {
  [ -s "$HOME/.claude.json" ] ||
    printf '{"hasCompletedOnboarding":true,"bypassPermissionsModeAccepted":true}\n' >"$HOME/.claude.json"
}

# Whether the CLI of this run has any way to log in that can be seen from here.
has_login() { # cli
  case $1 in
    claude)
      [ -n "${CLAUDE_CODE_OAUTH_TOKEN:-}${ANTHROPIC_API_KEY:-}${ANTHROPIC_AUTH_TOKEN:-}" ] ||
        [ -n "${CLAUDE_CODE_USE_BEDROCK:-}${CLAUDE_CODE_USE_VERTEX:-}" ] ||
        [ -s "$HOME/.claude/.credentials.json" ] ||
        grep -qsE '"(apiKeyHelper|env)"' "$HOME/.claude/settings.json"
      ;;
    codex)
      [ -n "${CODEX_API_KEY:-}${CODEX_ACCESS_TOKEN:-}" ] || [ -s "$HOME/.codex/auth.json" ] ||
        grep -qsE '^ *model_provider *=' "$HOME"/.codex/*config.toml
      ;;
    copilot)
      [ -n "${COPILOT_GITHUB_TOKEN:-}${GH_TOKEN:-}${GITHUB_TOKEN:-}${COPILOT_PROVIDER_BASE_URL:-}" ] ||
        [ -s "$HOME/.copilot/config.json" ]
      ;;
    *) return 0 ;;
  esac
}

how_to_log_in() { # cli
  case $1 in
    claude) echo "set CLAUDE_CODE_OAUTH_TOKEN (from 'claude setup-token') or ANTHROPIC_API_KEY, or log in with claude on the host" ;;
    codex) echo "set CODEX_API_KEY, or log in with 'codex login' on the host (codex does not send OPENAI_API_KEY by itself)" ;;
    copilot) echo 'set COPILOT_GITHUB_TOKEN (a token that may use Copilot), or log in with copilot on the host' ;;
  esac
}
