# shellcheck shell=bash
# What every part of the quickstart uses: messages, the environment, the lock. Sourced.

PROGRAM=deploy/quickstart

say() {
  printf '%s\n' "$*"
}

error() {
  printf '%s: %s\n' "$PROGRAM" "$*" >&2
}

# One line for each cause; the last ones say what to do. Commands to copy are indented and stand
# alone.
fail() {
  local line
  for line in "$@"; do
    if [[ $line == "  "* ]]; then
      printf '%s\n' "$line" >&2
    else
      error "$line"
    fi
  done
  exit 1
}

# curl for our own use: no proxy for loopback, quiet, and never longer than a moment.
fetch() {
  curl --noproxy '*' --silent --show-error --fail --max-time 5 "$@"
}

PORT_VARIABLES=(
  CSPWATCH_PORT_HTTP
  CSPWATCH_PORT_HTTPS
  CSPWATCH_PORT_ADMIN
  CSPWATCH_PORT_CONSOLE
  CSPWATCH_PORT_CLICKHOUSE
  CSPWATCH_PORT_PROMETHEUS
  CSPWATCH_PORT_ALERTMANAGER
  CSPWATCH_PORT_RECEIVER
)

read_environment() {
  : "${CSPWATCH_PORT_HTTP:=8080}"
  : "${CSPWATCH_PORT_HTTPS:=8443}"
  : "${CSPWATCH_PORT_ADMIN:=8081}"
  : "${CSPWATCH_PORT_CONSOLE:=8082}"
  : "${CSPWATCH_PORT_CLICKHOUSE:=8123}"
  : "${CSPWATCH_PORT_PROMETHEUS:=9090}"
  : "${CSPWATCH_PORT_ALERTMANAGER:=9093}"
  check_port CSPWATCH_PORT_ALERTMANAGER
  : "${CSPWATCH_PORT_RECEIVER:=$((CSPWATCH_PORT_ALERTMANAGER + 1))}"
  check_ports
  STATE=$(state_dir)
  ALERTS_FILE=$STATE/alerts.ndjson
}

# A relative CSPWATCH_STATE counts from the repository, wherever the caller stands.
state_dir() {
  local dir=${CSPWATCH_STATE:-target/quickstart}
  [[ $dir == /* ]] || dir=$ROOT/$dir
  # The path goes into TOML and YAML as it is.
  if [[ $dir == *[\"\\\'$'\n']* ]]; then
    fail "CSPWATCH_STATE='$dir': a path with quotes, backslashes or line breaks cannot be used"
  fi
  realpath -m "$dir"
}

check_port() {
  local port=${!1}
  if [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
    fail "$1='$port' is not a port; set it to a number from 1 to 65535"
  fi
}

check_ports() {
  local variable other
  local -A taken=()
  for variable in "${PORT_VARIABLES[@]}"; do
    check_port "$variable"
    other=${taken[${!variable}]:-}
    if [[ -n $other ]]; then
      fail "$variable and $other are both ${!variable}; each needs a port of its own"
    fi
    taken[${!variable}]=$variable
  done
}

# Two starts at once would write the same pid files. The descriptor is closed in what we start, or
# the lock would live as long as the services.
lock_state() {
  if ! mkdir -p "$STATE/run" "$STATE/log" 2>/dev/null || [[ ! -w $STATE/run || ! -w $STATE/log ]]; then
    fail "this user, $(id -un), cannot write to $STATE; choose another folder for data, logs and configuration:" \
      "  CSPWATCH_STATE=DIR deploy/quickstart"
  fi
  exec {LOCK}>"$STATE/run/lock"
  if ! flock --nonblock "$LOCK"; then
    say "waiting for another deploy/quickstart that works on $STATE"
    flock "$LOCK"
  fi
}
