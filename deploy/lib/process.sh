# shellcheck shell=bash
# Processes in the background: start, find, wait for, stop. Sourced.
#
# Each has $STATE/run/NAME.pid and $STATE/log/NAME.log. A pid in a file proves nothing - the process
# may have ended and its number been given to another - so a process counts as ours only if its
# command line names our state directory.

pid_file() {
  printf '%s/run/%s.pid' "$STATE" "$1"
}

log_file() {
  printf '%s/log/%s.log' "$STATE" "$1"
}

command_line() {
  tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || true
}

is_alive() {
  # A zombie has ended; only its parent has not noticed yet.
  [[ -e /proc/$1/status ]] && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

is_ours() {
  is_alive "$1" && [[ $(command_line "$1") == *"$STATE/"* ]]
}

# Prints the pid of a service that runs; fails if it does not.
pid_of() {
  local pid file
  file=$(pid_file "$1")
  [[ -s $file ]] || return 1
  pid=$(<"$file")
  [[ $pid =~ ^[0-9]+$ ]] && is_ours "$pid" && printf '%s' "$pid"
}

# start_process NAME COMMAND...: in a session of its own, so that neither a closed terminal nor
# Ctrl-C in it ends the service.
start_process() {
  local name=$1 pid
  shift
  printf '\n--- started by %s at %s\n' "$PROGRAM" "$(date -u +%FT%TZ)" >>"$(log_file "$name")"
  setsid nohup "$@" >>"$(log_file "$name")" 2>&1 </dev/null {LOCK}>&- &
  pid=$!
  printf '%s\n' "$pid" >"$(pid_file "$name")"
  STARTED+=("$name")
  # Until it has become the command, it does not look like ours yet.
  while is_alive "$pid" && ! is_ours "$pid"; do
    sleep 0.05
  done
}

# wait_ready NAME SECONDS PROBE...: until the probe succeeds, with a dot for each second.
wait_ready() {
  local name=$1 seconds=$2 owner began=$SECONDS dots=0
  # ClickHouse has no pid file: it lives and dies with the collector.
  owner=$(owner_of "$name")
  shift 2
  printf '  %-13s ' "$name"
  until "$@" >/dev/null 2>&1; do
    if ! pid_of "$owner" >/dev/null; then
      echo " failed"
      show_log "$owner"
      fail "$owner ended before $name was ready; the reason should stand in the log above"
    fi
    if ((SECONDS - began >= seconds)); then
      echo " not ready after $seconds s"
      show_log "$owner"
      fail "$name did not become ready within $seconds s; see the log above"
    fi
    if ((SECONDS - began > dots)); then
      dots=$((SECONDS - began))
      printf '.'
    fi
    sleep 0.2
  done
  echo " ready"
}

show_log() {
  local file
  file=$(log_file "$1")
  error "the last lines of $file:"
  tail -n 20 "$file" | sed 's/^/    /' >&2
}

# end_process PID SECONDS: SIGTERM, and SIGKILL when that has not helped in time.
end_process() {
  local pid=$1 deadline=$((SECONDS + $2))
  kill -TERM "$pid" 2>/dev/null || return 0
  while is_alive "$pid"; do
    if ((SECONDS >= deadline)); then
      printf 'not within %s s, killing it ... ' "$2"
      kill -KILL "$pid" 2>/dev/null || true
      wait_gone "$pid" 5 || fail "process $pid survives SIGKILL: $(command_line "$pid")"
      return 0
    fi
    sleep 0.1
  done
}

# wait_gone PID SECONDS
wait_gone() {
  local deadline=$((SECONDS + $2))
  while is_alive "$1"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

port_answers() {
  # In a subshell: the connection closes with it.
  (exec {connection}<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# The process that listens on a port, as far as this machine's tools show it.
listener_of() {
  local line=''
  if command -v ss >/dev/null; then
    line=$(ss -Hltnp "sport = :$1" | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' | head -n 1)
  elif command -v lsof >/dev/null; then
    line=$(lsof -nP -iTCP:"$1" -sTCP:LISTEN 2>/dev/null | awk 'NR == 2 { print $1 " (pid " $2 ")" }')
  fi
  printf '%s' "${line:-another process}"
}
