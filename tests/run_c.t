#!/bin/sh
# Every C test (tests/test_*.c), as one TAP stream: a program a subtest.
: "${BUILD:=build}"
count=0
for source in tests/test_*.c; do
    name=$(basename "$source" .c)
    count=$((count + 1))
    output=$("$BUILD/tests/$name" 2>&1)
    status=$?
    cases=$(printf '%s\n' "$output" | grep -c '^ok ')
    if [ $status -eq 0 ] && printf '%s\n' "$output" | grep -q '^1\.\.[1-9]' && ! printf '%s\n' "$output" | grep -q '^not ok'; then
        echo "ok $count - $name ($cases checks)"
    else
        echo "not ok $count - $name (exit $status)"
        printf '%s\n' "$output" | grep -v '^ok ' | head -40 | sed 's/^/# /'
    fi
done
echo "1..$count"
