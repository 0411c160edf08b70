# shellcheck shell=bash
# deploy/quickstart demo: a card-skimming attack on the demo shop, step by step. Sourced.

DEMO_ALERT=CspwatchUnknownDestinationOnPaymentPage
DEMO_CARD=4111111111111111 # The card schemes' well-known test number.
DEMO_BROWSER='Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
DEMO_DEADLINE=120

command_demo() {
  if ! all_run; then
    fail "the demo needs everything running, and something does not (deploy/quickstart status)" \
      "start it with:" "  deploy/quickstart"
  fi
  forget_earlier_demos
  # A name of its own for each run: an alert that is firing already would not be sent again.
  DEMO_DESTINATION=cdn-checkout-stats-$(base36 "$(date +%s)").com
  play_ordinary_day
  # And shoppers of their own: what the same networks report is one finding, and one alert.
  DEMO_NET=127.$((RANDOM % 200 + 10))
  DEMO_BEGAN=$(date +%s.%N)
  play_attack
  await_alert
  show_rows
  show_no_card_number
  say ""
  say "--- The console says what to do about it: log in, and decide"
  say "  http://127.0.0.1:$CSPWATCH_PORT_CONSOLE/destinations/demo-shop/$DEMO_DESTINATION"
  say ""
  say "--- The dashboards say since when, where and whom; drawn as plain pages by"
  say "  dashboards/show --out target/pictures --prometheus http://127.0.0.1:$CSPWATCH_PORT_PROMETHEUS --clickhouse http://127.0.0.1:$CSPWATCH_PORT_CLICKHOUSE"
}

# Of a page group, two findings may begin within hours: what comes then joins the latest, whose alert people have already.
forget_earlier_demos() {
  local began=$SECONDS name
  [[ -n $(exported_demos) ]] || return 0
  say "--- The thefts of earlier demos are forgotten first"
  name_binary
  for name in $(exported_demos); do
    "$BINARY" destinations forget "$name" --site demo-shop --by "deploy/quickstart demo" --why "an earlier demo" \
      --config "$STATE/cspwatch.toml" >/dev/null || fail "$name cannot be forgotten"
  done
  until [[ -z $(exported_demos) ]]; do
    ((SECONDS - began < 60)) || fail "earlier demos are not forgotten after 60 s (see $(log_file collector))"
    sleep 0.5
  done
}

# The destinations of earlier demos that have an alert.
exported_demos() {
  fetch "http://127.0.0.1:$CSPWATCH_PORT_ADMIN/metrics" |
    sed -n 's/^cspwatch_unknown_destination_clients{.*destination="\(cdn-checkout-stats-[a-z0-9]*\.com\)".*/\1/p' |
    sort --unique
}

play_ordinary_day() {
  say "--- An ordinary day at https://shop.example"
  say "A shopper's browser extension tries to run a script on the page. That is noise: no alert."
  send_report 127.0.0.10 script-src-elem chrome-extension /
  say "The checkout loads Stripe, which is configured as known: no alert."
  send_report 127.0.0.11 script-src-elem https://js.stripe.com/v3/ /checkout
  say "Browsers report the hash of each script that they ran ('report-sha256'): the inventory."
  report_hash 127.0.0.12 "as it was"
}

play_attack() {
  say ""
  say "--- A skimmer gets into the checkout page and sends card data to $DEMO_DESTINATION"
  say "The script of the checkout has another hash than before."
  report_hash "$DEMO_NET.1.10" "$DEMO_DESTINATION"
  say "Shopper 1: the script says hello to its server. One visitor, whose own device may do that: no alert."
  send_report "$DEMO_NET.1.10" connect-src "https://$DEMO_DESTINATION/hello" /checkout
  say "Shopper 2, from another network: the card number goes out in the URL. That is reason enough for an alert."
  send_report "$DEMO_NET.2.10" connect-src "https://$DEMO_DESTINATION/c?n=$DEMO_CARD&exp=12%2F27" /checkout order-4711
  say "Shopper 3: the payment form itself is to be sent there."
  send_report "$DEMO_NET.3.10" form-action "https://$DEMO_DESTINATION/c" /checkout order-4712
}

# send_report CLIENT_ADDRESS DIRECTIVE BLOCKED_URL PATH [TAG]: what Chromium sends for report-uri. All of
# 127.0.0.0/8 is this machine, so each shopper can have a network of his own.
send_report() {
  local client=$1 directive=$2 blocked=$3 page=https://shop.example$4 tag=${5:-} body
  body='{"csp-report":{"document-uri":"'$page'","referrer":"","violated-directive":"'$directive'",'
  body+='"effective-directive":"'$directive'","original-policy":"default-src '\''self'\''; form-action '
  body+=\''self'\''; report-uri https://reports.shop.example/report/demo-shop","disposition":"report",'
  body+='"blocked-uri":"'$blocked'","line-number":6,"column-number":4,"source-file":"'$page'",'
  body+='"status-code":200,"script-sample":""}}'
  post "$client" "$directive" application/csp-report "$body" "${tag:+?tag=$tag}"
}

# report_hash CLIENT_ADDRESS CONTENT: what Chromium sends for 'report-sha256' about a script of that content.
report_hash() {
  local client=$1 page=https://shop.example/checkout body hash
  hash=sha256-$(printf '%s' "$2" | openssl dgst -sha256 -binary | base64)
  body='[{"age":3,"type":"csp-hash","url":"'$page'","user_agent":"'$DEMO_BROWSER'","body":{"documentURL":"'$page'",'
  body+='"subresourceURL":"https://shop.example/js/checkout.js","hash":"'$hash'","destination":"script","type":"subresource"}}]'
  post "$client" report-sha256 application/reports+json "$body"
}

# post CLIENT_ADDRESS WHAT MEDIA_TYPE BODY [QUERY]
post() {
  local client=$1 what=$2 media=$3 body=$4 query=${5:-} status
  status=$(curl --noproxy '*' --silent --show-error --max-time 10 --interface "$client" \
    --output /dev/null --write-out '%{http_code}' \
    --header "Content-Type: $media" --header 'Origin: https://shop.example' \
    --user-agent "$DEMO_BROWSER" --data-binary "$body" \
    "http://127.0.0.1:$CSPWATCH_PORT_HTTP/report/demo-shop$query") ||
    fail "the collector did not take the report (see $(log_file collector))"
  say "    $client -> POST /report/demo-shop$query ($what) -> $status"
  [[ $status == 204 ]] || fail "the collector answered $status, not 204 (see $(log_file collector))"
}

await_alert() {
  local began=$SECONDS
  say ""
  say "--- Waiting for the alert (report -> metric -> Prometheus -> Alertmanager -> on-call)"
  until find_demo_alert >/dev/null; do
    if ((SECONDS - began >= DEMO_DEADLINE)); then
      echo
      fail "no alert $DEMO_ALERT for $DEMO_DESTINATION within $DEMO_DEADLINE s" \
        "is it among the metrics?" \
        "  curl -s http://127.0.0.1:$CSPWATCH_PORT_ADMIN/metrics | grep $DEMO_DESTINATION" \
        "does Prometheus fire it?" \
        "  http://127.0.0.1:$CSPWATCH_PORT_PROMETHEUS/alerts" \
        "did Alertmanager get it?" \
        "  http://127.0.0.1:$CSPWATCH_PORT_ALERTMANAGER/"
    fi
    printf '\r  %s s' "$((SECONDS - began))"
    sleep 1
  done
  printf '\r  ALERT %s, as Alertmanager delivered it:\n' "$DEMO_ALERT"
  find_demo_alert
}

find_demo_alert() {
  python3 "$ROOT/deploy/lib/find-alert.py" "$ALERTS_FILE" "$DEMO_ALERT" "$DEMO_DESTINATION" "$DEMO_BEGAN"
}

show_rows() {
  local began=$SECONDS where="destination = '$DEMO_DESTINATION'" count=0
  say ""
  say "--- The same in ClickHouse"
  # A segment is sent every few seconds.
  until [[ $count == 3 ]]; do
    if ((SECONDS - began >= 60)); then
      fail "ClickHouse holds $count of 3 reports after 60 s (see $(log_file collector))"
    fi
    count=$(clickhouse_query "SELECT sum(count) FROM cspwatch.reports WHERE $where") || count=0
    sleep 0.5
  done
  clickhouse_query "SELECT site, page_group, verdict, directive, document_path, blocked_host,
    blocked_path, count, clients, pan_in_url FROM cspwatch.reports WHERE $where
    ORDER BY first_seen FORMAT PrettyCompactMonoBlock"
}

clickhouse_query() {
  fetch --data-binary "$1" "http://127.0.0.1:$CSPWATCH_PORT_CLICKHOUSE/"
}

show_no_card_number() {
  local columns found
  say ""
  say "--- The card number of shopper 2 is nowhere on the disk"
  say "  \$ grep -r $DEMO_CARD $(printf '%q' "$STATE")"
  # --text: journal and ClickHouse write binary files. --no-messages: ClickHouse's merges delete files
  # meanwhile.
  if grep --recursive --text --no-messages --files-with-matches "$DEMO_CARD" "$STATE"; then
    fail "these files hold the card number: redaction failed"
  fi
  say "  (nothing)"
  # ClickHouse compresses its files, so ask it as well - without naming the number, or the question
  # itself would leave it in ClickHouse's logs.
  columns=$(clickhouse_query "SELECT arrayStringConcat(groupArray(name), ',') FROM system.columns
    WHERE database = 'cspwatch' AND table = 'reports'")
  found=$(clickhouse_query "SELECT count() FROM cspwatch.reports
    WHERE position(toString(tuple($columns)), concat('4', repeat('1', 15))) > 0")
  [[ $found == 0 ]] || fail "$found rows in cspwatch.reports hold the card number: redaction failed"
  say "  rows in cspwatch.reports with it in any column: 0"
}

base36() {
  local number=$1 digits=0123456789abcdefghijklmnopqrstuvwxyz text=''
  while ((number > 0)); do
    text=${digits:number % 36:1}$text
    number=$((number / 36))
  done
  printf '%s' "$text"
}
