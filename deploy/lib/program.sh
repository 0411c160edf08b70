# shellcheck shell=bash
# What the services run: the binary, built here or named by the user, and the ClickHouse library. Sourced.

# The ClickHouse library and its unpacking, the build, and some room for data, in MiB.
NEEDED_DISK=2500

# Before anything is installed. What was built or fetched earlier needs nothing more, and a full disk is found by those
# who write.
require_disk() {
  local free
  name_binary
  [[ ! -e $BINARY ]] || return 0
  free=$(($(df --output=avail -m "$ROOT" | tail -n 1)))
  if ((free < NEEDED_DISK)); then
    fail "the disk of $ROOT has $free MiB free, and the build and ClickHouse need $NEEDED_DISK; free some, then repeat:" \
      "  deploy/quickstart"
  fi
}

# While the build runs: neither waits for the other. In a process group of its own, so that it can be ended with all that
# it started.
fetch_library() {
  LIBRARY=
  set -m
  "$ROOT/deploy/install" library >"$(log_file library)" 2>&1 </dev/null {LOCK}>&- &
  LIBRARY=$!
  set +m
  trap stop_fetching EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

stop_fetching() {
  trap - EXIT
  kill -TERM -- "-$LIBRARY" 2>/dev/null || true
}

await_library() {
  local said=''
  while kill -0 "$LIBRARY" 2>/dev/null; do
    # What the other process says, when that is something new.
    if [[ $(tail -n 1 "$(log_file library)") != "$said" ]]; then
      said=$(tail -n 1 "$(log_file library)")
      say "ClickHouse: ${said#"${said%%[! ]*}"}"
    fi
    sleep 1
  done
  trap - EXIT INT TERM
  if ! wait "$LIBRARY"; then
    cat "$(log_file library)" >&2
    exit 1
  fi
}

# The binary that a user named, else the one that build_binary builds.
name_binary() {
  BINARY=${CSPWATCH_BINARY:-${CARGO_TARGET_DIR:-$ROOT/target}/trial/cspwatch}
}

build_binary() {
  name_binary
  if [[ -n ${CSPWATCH_BINARY:-} ]]; then
    [[ -x $BINARY ]] || fail "CSPWATCH_BINARY='$BINARY' is not an executable file"
    BINARY=$(realpath "$BINARY")
    if [[ -n $(find "$ROOT/src" "$ROOT/Cargo.lock" -newer "$BINARY" -print -quit) ]]; then
      say "CSPWATCH_BINARY is older than this checkout: what it does may differ from the documents"
    fi
    return
  fi
  if [[ ! -e $BINARY ]]; then
    say "building cspwatch, which takes two to six minutes the first time; ClickHouse is fetched meanwhile"
  fi
  # Without the lock: build tools may leave servers of their own running.
  (cd "$ROOT" && exec cargo build --profile trial --no-default-features --bin cspwatch --locked {LOCK}>&-) ||
    fail "the build failed; cargo's messages stand above" \
      "fix the cause, then repeat:" "  deploy/quickstart"
}
