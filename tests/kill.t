#!/bin/sh
# The sender killed at random instants, a short form of tests/kill_runs.py (100 runs of 1,000: docs/hacking.md).
. tests/lib.sh

harness() {
    printed=$(python3 tests/kill_runs.py "$@")
    status=$?
    printf '%s\n' "$printed" | sed 's/^#* */# /'
    is "kill_runs.py $*" $status 0
}
harness 5 300 10 --kills 2
like "some kill struck" "$printed" 'killed ([1-9]|10) '
harness 3 300 10 --policy hold
like "held doubts are never doubled" "$printed" ' doubled 0 '
harness 3 300 10 --signal TERM
like "a polite stop leaves no doubt" "$printed" ' in doubt 0, '
plan_at_end
