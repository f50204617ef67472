#!/bin/sh
# The long form of what make test tries shortly: kills and faults at every step, bit flips, races. Some hours; RUNS, MESSAGES,
# STEPS and MUTATIONS shorten it. Ends with 1 when a promise was broken.
set -u
: "${BUILD:=build}" "${RUNS:=200}" "${MESSAGES:=10000}" "${STEPS:=100000}" "${STEP_MESSAGES:=1000}" "${MUTATIONS:=1000}"
export BUILD
failed=0
kills() {
    printed=$(python3 tests/kill_runs.py "$@") || failed=1
    printf '== kill_runs.py %s\n%s\n' "$*" "$(printf '%s\n' "$printed" | tail -1)"
}
kills "$RUNS" "$MESSAGES" 8
kills "$RUNS" "$STEP_MESSAGES" 8 --durability full
for at in fdatasync,fsync@ pwrite64@-wal write@-send-journal; do
    kills "$STEPS" "$STEP_MESSAGES" 8 --at "$at"
    for error in ENOSPC EIO; do kills "$STEPS" "$STEP_MESSAGES" 8 --at "$at" --error $error; done
done
kills "$STEPS" "$STEP_MESSAGES" 8 --at fdatasync,fsync@ --durability full
for error in EMFILE EROFS; do kills "$STEPS" "$STEP_MESSAGES" 8 --at openat@ --error $error; done
for story in store_faults faults injection reconcile doubts drain; do
    echo "== $story.t"
    FULL_DISK=1 FLIPS=1000 RACES=100 HELD_S=60 INJECTION=all DRAIN=full tests/$story.t >"/tmp/relais-soak.$$" 2>&1 || failed=1
    grep -v '^ok' "/tmp/relais-soak.$$"
    rm -f "/tmp/relais-soak.$$"
done
echo "== hostile mail, $MUTATIONS mutations of each message, under sanitisers and with the doors closed"
make --no-print-directory -s SANITIZE=address,undefined BUILD="$BUILD/sanitize" "$BUILD/sanitize/tests/test_fuzz_inbox" || failed=1
make --no-print-directory -s BUILD="$BUILD" "$BUILD/tests/test_fuzz_inbox" || failed=1
for form in "$BUILD/sanitize" "$BUILD"; do
    MUTATIONS=$MUTATIONS nice "$form/tests/test_fuzz_inbox" >"/tmp/relais-soak.$$" 2>&1 || failed=1
    grep -v '^ok' "/tmp/relais-soak.$$"
    rm -f "/tmp/relais-soak.$$"
done
exit $failed
