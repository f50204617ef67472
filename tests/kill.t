#!/bin/sh
# The sender killed at random instants and at its durable steps, a short form of tests/kill_runs.py (the long one: make soak).
. tests/lib.sh

harness() {
    printed=$(python3 tests/kill_runs.py "$@")
    status=$?
    printf '%s\n' "$printed" | sed 's/^#* */# /'
    is "kill_runs.py $*" $status 0
}
harness 5 1000 8 --kills 2
like "some kill struck" "$printed" 'killed ([1-9]|10) '
harness 3 600 8 --durability full
harness 3 300 10 --policy hold
like "held doubts are never doubled" "$printed" ' doubled 0 '
harness 3 300 10 --signal TERM
like "a polite stop leaves no doubt" "$printed" ' in doubt 0, '
# At each durable step, by strace: what is synced, the store's pages, the journal's own lines.
if command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null; then
    harness 11 200 8 --at fdatasync,fsync@
    harness 8 200 8 --at fdatasync,fsync@ --durability full
    harness 8 200 8 --at pwrite64@-wal
    harness 8 200 8 --at write@-send-journal
    harness 2 60 8 --at write@-send-journal.new
    harness 6 200 8 --at pwrite64@-wal --error ENOSPC
    harness 6 200 8 --at fdatasync,fsync@ --error EIO
    harness 6 100 8 --at openat@ --error EMFILE
else
    skip "kills at durable steps" "strace is not installed, or may not trace here"
fi
plan_at_end
