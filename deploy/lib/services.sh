# shellcheck shell=bash
# The services of the quickstart: their configuration, start, status and stop. Sourced.

# In the order of start; the stop goes through them backwards. ClickHouse is not among them: the
# collector runs it as its child.
SERVICES=(receiver alertmanager prometheus collector console)

owner_of() {
  if [[ $1 == clickhouse ]]; then
    echo collector
  else
    echo "$1"
  fi
}

port_of() {
  case $1 in
    collector) echo "$CSPWATCH_PORT_HTTP" ;;
    clickhouse) echo "$CSPWATCH_PORT_CLICKHOUSE" ;;
    console) echo "$CSPWATCH_PORT_CONSOLE" ;;
    prometheus) echo "$CSPWATCH_PORT_PROMETHEUS" ;;
    alertmanager) echo "$CSPWATCH_PORT_ALERTMANAGER" ;;
    receiver) echo "$CSPWATCH_PORT_RECEIVER" ;;
  esac
}

# The variables of all ports that a service listens on.
port_variables_of() {
  case $1 in
    collector) echo CSPWATCH_PORT_HTTP CSPWATCH_PORT_HTTPS CSPWATCH_PORT_ADMIN CSPWATCH_PORT_CLICKHOUSE ;;
    console) echo CSPWATCH_PORT_CONSOLE ;;
    prometheus) echo CSPWATCH_PORT_PROMETHEUS ;;
    alertmanager) echo CSPWATCH_PORT_ALERTMANAGER ;;
    receiver) echo CSPWATCH_PORT_RECEIVER ;;
  esac
}

# Succeeds when the service answers on its address.
answers() {
  case $1 in
    collector) fetch "http://127.0.0.1:$CSPWATCH_PORT_ADMIN/readyz" ;;
    clickhouse) fetch "http://127.0.0.1:$CSPWATCH_PORT_CLICKHOUSE/ping" ;;
    console) fetch "http://127.0.0.1:$CSPWATCH_PORT_CONSOLE/healthz" ;;
    prometheus) fetch "http://127.0.0.1:$CSPWATCH_PORT_PROMETHEUS/-/ready" ;;
    alertmanager) fetch "http://127.0.0.1:$CSPWATCH_PORT_ALERTMANAGER/-/ready" ;;
    receiver) fetch "http://127.0.0.1:$CSPWATCH_PORT_RECEIVER/" ;;
  esac >/dev/null 2>&1
}

# The pids of our ClickHouse: the children of the collector that are ClickHouse, and any that a
# killed collector left behind (found by the data directory).
clickhouse_pids() {
  local collector file pid
  collector=$(pid_of collector) || collector=none
  # The search finds itself too, but that process has ended by the time of the checks.
  for file in $(grep -las clickhouse /proc/[0-9]*/cmdline || true); do
    pid=${file#/proc/}
    pid=${pid%/cmdline}
    if is_alive "$pid" && { is_child_of "$collector" "$pid" || is_orphaned_clickhouse "$pid"; }; then
      echo "$pid"
    fi
  done
}

is_child_of() {
  grep -qsx "PPid:[[:space:]]*$1" "/proc/$2/status"
}

is_orphaned_clickhouse() {
  local line program='^([^ ]*/)?(cspwatch )?clickhouse '
  line=$(command_line "$1")
  [[ $line =~ $program && $line == *"$STATE/clickhouse"* ]]
}

# --- Start -----------------------------------------------------------------------------------

all_run() {
  local service
  for service in "${SERVICES[@]}" clickhouse; do
    pid_of "$(owner_of "$service")" >/dev/null && answers "$service" || return 1
  done
}

# A ClickHouse without its collector holds the port and the data directory.
stop_orphaned_clickhouse() {
  local pid
  ! pid_of collector >/dev/null || return 0
  for pid in $(clickhouse_pids); do
    printf 'stopping the ClickHouse that a killed collector left behind (pid %s) ... ' "$pid"
    end_process "$pid" 20
    echo stopped
  done
}

# Before anything is installed, built or started.
require_free_ports() {
  local service variable taken=()
  for service in "${SERVICES[@]}"; do
    ! pid_of "$service" >/dev/null || continue
    for variable in $(port_variables_of "$service"); do
      if port_answers "${!variable}"; then
        taken+=("port ${!variable} is taken by $(listener_of "${!variable}"); free it, or choose another with $variable=PORT")
      fi
    done
  done
  if ((${#taken[@]})); then
    fail "${taken[@]}"
  fi
}

write_configuration() {
  make_certificate
  write_collector_configuration
  write_rules
  with_our_ports <"$ROOT/deploy/prometheus/prometheus.yml" >"$STATE/prometheus/prometheus.yml"
  # Likewise; its configuration names it beside itself.
  mkdir -p "$STATE/alertmanager"
  ln -sfn "$ROOT/deploy/alertmanager/cspwatch.tmpl" "$STATE/alertmanager/cspwatch.tmpl"
  with_our_ports <"$ROOT/deploy/alertmanager/alertmanager.yml" >"$STATE/alertmanager/alertmanager.yml"
}

# With links to the console (`console_url`), where Python reads YAML. Else a link: an edited rule then takes effect with the
# next reload of Prometheus.
write_rules() {
  local rules=$STATE/prometheus/rules
  mkdir -p "$STATE/prometheus"
  # A link goes, and what it leads to stays.
  rm -rf "$rules"
  if python3 -c 'import yaml' 2>/dev/null; then
    mkdir "$rules"
    "$ROOT/deploy/kubernetes/prometheus-rule" --plain --console-base "http://127.0.0.1:$CSPWATCH_PORT_CONSOLE" \
      >"$rules/cspwatch.yml"
  else
    ln -s "$ROOT/deploy/prometheus/rules" "$rules"
  fi
}

# Replaces the port on each line that ends in "# CSPWATCH_PORT_…".
with_our_ports() {
  local variable edits=()
  for variable in "${PORT_VARIABLES[@]}"; do
    edits+=(-e "/# $variable\$/s/127\.0\.0\.1:[0-9]*/127.0.0.1:${!variable}/")
  done
  sed "${edits[@]}"
}

# Self-signed, so browsers need an exception for it; good for a try, not for a shop.
make_certificate() {
  local dir=$STATE/tls
  if openssl x509 -checkend 86400 -noout -in "$dir/cert.pem" >/dev/null 2>&1; then
    return
  fi
  mkdir -p "$dir"
  # CA:FALSE: openssl would make it a CA, and browsers refuse a CA as a server's certificate.
  cat >"$dir/openssl.cnf" <<'TEXT'
[req]
distinguished_name = name
x509_extensions = server
[name]
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:shop.example, IP:127.0.0.1
TEXT
  # The key is born unreadable for others.
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -config "$dir/openssl.cnf" -subj "/CN=cspwatch quickstart" \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log") ||
    fail "openssl could not make a certificate; its messages: $dir/openssl.log"
  chmod 600 "$dir/key.pem"
  chmod 644 "$dir/cert.pem"
}

write_collector_configuration() {
  cat >"$STATE/cspwatch.toml" <<TEXT
# Written anew by deploy/quickstart at each start of the collector: edit a copy.

[listen]
public = "127.0.0.1:$CSPWATCH_PORT_HTTP"
public_tls = "127.0.0.1:$CSPWATCH_PORT_HTTPS"
admin = "127.0.0.1:$CSPWATCH_PORT_ADMIN"
tls_cert = "$STATE/tls/cert.pem"
tls_key = "$STATE/tls/key.pem"
trusted_proxies = []

[clickhouse]
url = "embedded"
embedded_dir = "$STATE/clickhouse"
embedded_http = "127.0.0.1:$CSPWATCH_PORT_CLICKHOUSE"
embedded_tcp = ""

[journal]
dir = "$STATE/journal"

[console]
listen = "127.0.0.1:$CSPWATCH_PORT_CONSOLE"
public_url = "http://127.0.0.1:$CSPWATCH_PORT_CONSOLE"
users_file = "$STATE/console-users.toml"
report_url = "http://127.0.0.1:$CSPWATCH_PORT_HTTP/report/console"

# The console's own pages: what their policy forbids is reported here.
[[site]]
name = "console"
hosts = ["127.0.0.1", "localhost"]

[[site]]
name = "demo-shop"
hosts = ["shop.example", "*.shop.example"]
known = ["*.stripe.com", "cdn.example"]

  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*", "/cart/pay*"]
  payment = true
TEXT
}

start_services() {
  local service
  STARTED=()
  # Whatever goes wrong from here on, nothing half-started stays behind.
  trap stop_started EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for service in "${SERVICES[@]}"; do
    pid_of "$service" >/dev/null || start_service "$service"
  done
  say "waiting until all answer"
  for service in receiver alertmanager prometheus; do
    wait_ready "$service" 60 answers "$service"
  done
  wait_ready clickhouse 120 answers clickhouse
  wait_ready collector 60 answers collector
  wait_ready console 60 answers console
  trap - EXIT INT TERM
}

start_service() {
  say "starting $1 (log: $(log_file "$1"))"
  case $1 in
    receiver)
      start_process receiver python3 "$ROOT/deploy/lib/alert-receiver.py" \
        "$CSPWATCH_PORT_RECEIVER" "$ALERTS_FILE"
      ;;
    alertmanager)
      # The empty cluster address: no gossip port on all interfaces.
      start_process alertmanager "$(first_command prometheus-alertmanager alertmanager)" \
        --config.file="$STATE/alertmanager/alertmanager.yml" \
        --storage.path="$STATE/alertmanager/data" \
        --web.listen-address="127.0.0.1:$CSPWATCH_PORT_ALERTMANAGER" \
        --web.external-url="http://127.0.0.1:$CSPWATCH_PORT_ALERTMANAGER/" \
        --cluster.listen-address=
      ;;
    prometheus)
      start_process prometheus prometheus \
        --config.file="$STATE/prometheus/prometheus.yml" \
        --storage.tsdb.path="$STATE/prometheus/data" \
        --web.listen-address="127.0.0.1:$CSPWATCH_PORT_PROMETHEUS" \
        --web.external-url="http://127.0.0.1:$CSPWATCH_PORT_PROMETHEUS/"
      ;;
    collector)
      start_process collector "$BINARY" serve --config "$STATE/cspwatch.toml"
      ;;
    console)
      make_first_user
      start_process console "$BINARY" console --config "$STATE/cspwatch.toml"
      ;;
  esac
}

# The first time, somebody who may do everything. The password is printed at the end, once, and kept nowhere.
make_first_user() {
  FIRST_PASSWORD=
  [[ ! -e $STATE/console-users.toml ]] || return 0
  FIRST_PASSWORD=$("$BINARY" console user add admin --role admin --config "$STATE/cspwatch.toml" 2>/dev/null) ||
    fail "the first user of the console could not be made"
}

print_password() {
  [[ -n ${FIRST_PASSWORD:-} ]] || return 0
  cat <<TEXT

The console's first user, shown this once:

  name      admin
  password  $FIRST_PASSWORD

Another password:

  $(printf '%q ' "$BINARY" console user add admin --role admin --config "$STATE/cspwatch.toml")
TEXT
}

first_command() {
  local name
  for name in "$@"; do
    if command -v "$name"; then
      return
    fi
  done
  fail "none of these is on PATH: $*; run deploy/install"
}

stop_started() {
  local index
  trap - EXIT
  for ((index = ${#STARTED[@]} - 1; index >= 0; index--)); do
    stop_service "${STARTED[index]}" >&2
  done
}

# --- Status ----------------------------------------------------------------------------------

# Exit code 0 only if everything runs and answers.
print_status() {
  local service pids state all=0
  printf '%-13s %-9s %-23s %s\n' name pid address state
  for service in collector clickhouse console prometheus alertmanager receiver; do
    if [[ $service == clickhouse ]]; then
      pids=$(clickhouse_pids | paste -sd, -)
    else
      pids=$(pid_of "$service" || true)
    fi
    if [[ -z $pids ]]; then
      state=stopped
    elif answers "$service"; then
      state=running
    else
      state="not answering (log: $(log_file "$(owner_of "$service")"))"
    fi
    [[ $state == running ]] || all=1
    printf '%-13s %-9s %-23s %s\n' "$service" "${pids:--}" "http://127.0.0.1:$(port_of "$service")" "$state"
  done
  return "$all"
}

print_addresses() {
  cat <<TEXT

Reports      http://127.0.0.1:$CSPWATCH_PORT_HTTP/report/demo-shop
             https://127.0.0.1:$CSPWATCH_PORT_HTTPS/report/demo-shop   (certificate: $STATE/tls/cert.pem)
Console      http://127.0.0.1:$CSPWATCH_PORT_CONSOLE/   (what needs a person, and deciding about it)
Metrics      http://127.0.0.1:$CSPWATCH_PORT_ADMIN/metrics
ClickHouse   http://127.0.0.1:$CSPWATCH_PORT_CLICKHOUSE/play
Prometheus   http://127.0.0.1:$CSPWATCH_PORT_PROMETHEUS/alerts
Alertmanager http://127.0.0.1:$CSPWATCH_PORT_ALERTMANAGER/
Alerts sent  $ALERTS_FILE

Send a report as a browser does:

  curl -i http://127.0.0.1:$CSPWATCH_PORT_HTTP/report/demo-shop -H 'Content-Type: application/csp-report' --data '{"csp-report":{"document-uri":"https://shop.example/checkout","violated-directive":"script-src-elem","effective-directive":"script-src-elem","original-policy":"script-src https://shop.example; report-uri /report/demo-shop","disposition":"report","blocked-uri":"https://unknown-widget.com/w.js","status-code":200,"script-sample":""}}'

and see it in ClickHouse a few seconds later:

  curl 'http://127.0.0.1:$CSPWATCH_PORT_CLICKHOUSE/?query=SELECT+received_at,site,page_group,verdict,directive,destination,count+FROM+cspwatch.reports+ORDER+BY+received_at+DESC+LIMIT+5+FORMAT+PrettyCompact'

Next: deploy/quickstart demo, deploy/quickstart status, deploy/quickstart stop
TEXT
}

# --- Stop ------------------------------------------------------------------------------------

# The collector first, while ClickHouse still takes what it has left to send.
stop_services() {
  local index
  for ((index = ${#SERVICES[@]} - 1; index >= 0; index--)); do
    stop_service "${SERVICES[index]}"
  done
  say "all stopped; the data stays in $STATE"
}

stop_service() {
  local service=$1 pid children=()
  if [[ $service == collector ]]; then
    mapfile -t children < <(clickhouse_pids)
  fi
  if pid=$(pid_of "$service"); then
    printf 'stopping %s (pid %s) ... ' "$service" "$pid"
    end_process "$pid" "$(stop_seconds "$service")"
    echo stopped
  fi
  rm -f "$(pid_file "$service")"
  for pid in "${children[@]}"; do
    stop_clickhouse "$pid"
  done
}

# The collector ends its ClickHouse itself; this waits for that, and helps if it does not happen.
stop_clickhouse() {
  is_alive "$1" || return 0
  printf 'stopping clickhouse (pid %s) ... ' "$1"
  wait_gone "$1" 5 || end_process "$1" 20
  echo stopped
}

# The collector first finishes what is in flight and sends what ClickHouse takes.
stop_seconds() {
  if [[ $1 == collector ]]; then
    echo 45
  else
    echo 15
  fi
}
