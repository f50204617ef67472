#!/bin/sh
# Messages a second beside Postfix's own generator (smtp-source -d) against Postfix's own sink, and instructions a message: of the
# dialogue alone and of rendering (a message of each French template in turn, another name each); then bench_send.py, of all together.
# Runs alternate, medians of 5: absolute rates move with the machine, ratios hardly. MESSAGES and SESSIONS may be set.
set -eu
: "${BUILD:=build}" "${MESSAGES:=20000}" "${SESSIONS:=20}" "${PAIRS:=5}"
SIZE=4096
PATH=$PATH:/usr/sbin:/sbin
command -v smtp-sink >/dev/null && command -v smtp-source >/dev/null || {
    echo "smtp-sink et smtp-source absents : installez le paquet postfix (make deps-test)" >&2
    exit 2
}
tmp=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_nobody=
[ "$(id -u)" != 0 ] || as_nobody="-u nobody"
# shellcheck disable=SC2086
smtp-sink $as_nobody "127.0.0.1:$port" 1000 >"$tmp/sink.log" 2>&1 &
sink=$!
trap 'kill $sink 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
sleep 0.5
kill -0 $sink 2>/dev/null || { cat "$tmp/sink.log" >&2; exit 2; }

median() { sort -n "$1" | sed -n "$(((PAIRS + 1) / 2))p"; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
now_ms() { date +%s%3N; }

source_rate() {
    start=$(now_ms)
    smtp-source -d -s "$SESSIONS" -m "$MESSAGES" -l $SIZE -f a@amf.example -t u@clients.test "127.0.0.1:$port"
    took=$(($(now_ms) - start))
    echo $((MESSAGES * 1000 / took))
}
sender_rate() { "$BUILD/tests/tool_bench" "smtp://127.0.0.1:$port" "$MESSAGES" "$SESSIONS"; }

# instructions COUNT: of the sender, for so many messages
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$BUILD/tests/tool_bench" "smtp://127.0.0.1:$port" "$1" "$SESSIONS" \
        2>&1 >/dev/null | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# rendered COUNT [-]: from fields to final bytes; with -, the fields alone
rendered() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$BUILD/tests/tool_render" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

echo "$MESSAGES messages, $SESSIONS sessions, $PAIRS rounds, medians; the sender alone and smtp-source: $SIZE bytes"
pair=0
while [ $pair -lt "$PAIRS" ]; do
    source_rate >>"$tmp/source"
    sender_rate >>"$tmp/sender"
    pair=$((pair + 1))
done
source=$(median "$tmp/source")
sender=$(median "$tmp/sender")
printf '%-28s %8s messages/s  %s\n' "smtp-source -d" "$source" 1.00 "relais, the sender alone" "$sender" "$(ratio "$sender" "$source")"

if command -v valgrind >/dev/null; then
    few=$(instructions 1000)
    many=$(instructions 3000)
    printf '%-28s %8s instructions/message\n' "rendering alone" \
        $((($(rendered 3000) - $(rendered 1000) - $(rendered 3000 -) + $(rendered 1000 -)) / 2000))
    printf '%-28s %8s instructions/message\n' "relais, the sender alone" $(((many - few) / 2000))
fi
echo "all in: real messages, planned before, each leased, claimed, rendered, armed, sent and recorded; ratios (and goals)"
python3 tests/bench_send.py "$PAIRS" "$MESSAGES"
python3 tests/bench_postfix.py "$PAIRS" 5000
python3 tests/bench_plan.py "$PAIRS"
python3 tests/bench_lists.py --rounds "$PAIRS"
echo "what comes back, beside Sisimai and flufl.bounce"
command -v valgrind >/dev/null && make --no-print-directory -s BUILD=build/unsealed CFLAGS='-O2 -g -DSANDBOX_UNSEALED'
python3 tests/bench_returns.py --rounds "$PAIRS"
