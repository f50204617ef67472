# What the story tests (tests/*.t in sh) share: TAP lines, a private folder, ports, and an end that leaves nothing running.
# Source it from the repository root; end the story with plan_at_end.

: "${BUILD:=build}"
RELAIS=$(cd "$BUILD" 2>/dev/null && pwd)/relais
tap_count=0
tap_failed=0
tap_started=

# World-traversable on purpose: Postfix's own user must reach what is inside (tests/postfix_bed.sh).
tmp=$(mktemp -d "${TMPDIR:-/tmp}/relais-test.XXXXXX") || exit 1
chmod 711 "$tmp"

tap_leave() {
    tap_status=$?
    trap - EXIT
    # shellcheck disable=SC2086
    [ -z "$tap_started" ] || stop_all $tap_started
    for tap_bed in $tap_beds; do tests/postfix_bed.sh stop "$tap_bed" >/dev/null 2>&1; done
    rm -rf "$tmp"
    exit $tap_status
}
tap_beds=
trap tap_leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ok LABEL COMMAND…: passes when the command exits 0; what it printed is shown when it does not.
ok() {
    tap_label=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"$tmp/.ok" 2>&1; then
        echo "ok $tap_count - $tap_label"
    else
        echo "not ok $tap_count - $tap_label"
        tap_failed=$((tap_failed + 1))
        echo "# failed: $*"
        head -c 4000 "$tmp/.ok" | sed 's/^/#   /'
    fi
}

not() { ! "$@"; }

# is LABEL GOT WANT
is() {
    tap_count=$((tap_count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $tap_count - $1"
        return
    fi
    echo "not ok $tap_count - $1"
    tap_failed=$((tap_failed + 1))
    printf '%s\n' "got:  $2" "want: $3" | sed 's/^/# /'
}

# like LABEL TEXT PATTERN: PATTERN is an extended regular expression found somewhere in TEXT.
like() {
    tap_count=$((tap_count + 1))
    if printf '%s\n' "$2" | grep -Eq -e "$3"; then
        echo "ok $tap_count - $1"
        return
    fi
    echo "not ok $tap_count - $1"
    tap_failed=$((tap_failed + 1))
    printf '%s\n' "no «$3» in:" "$2" | sed 's/^/# /'
}

skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # skip $2"
}

skip_all() {
    echo "1..0 # skip $1"
    exit 0
}

plan_at_end() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
    exit
}

# A port of 127.0.0.1 that nobody listens on at this moment.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS COMMAND…: until the command exits 0; fails when it never does.
wait_for() {
    tap_end=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$tap_end" ] || return 1
        sleep 0.05
    done
}

# started PID…: ended when the story ends, however it ends.
started() { tap_started="$tap_started $*"; }
# bed DIR: a Postfix bed to stop likewise.
bed() { tap_beds="$tap_beds $1"; }

# A zombie has ended, whenever its parent gets round to noticing.
alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; }
tap_none_runs() {
    for tap_pid; do ! alive "$tap_pid" || return 1; done
}

# stop_all PID…: asks, waits five seconds, then insists.
stop_all() {
    kill -TERM "$@" 2>/dev/null
    wait_for 5 tap_none_runs "$@" || kill -KILL "$@" 2>/dev/null
    wait "$@" 2>/dev/null
}
