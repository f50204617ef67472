#!/bin/sh
# Fuzzes every parser that has a libFuzzer target (FUZZ_MAIN in tests/test_fuzz_*.c), one after the other, under ASan and
# UBSan, from the inputs kept in tests/corpus/fuzz/. What it finds stays in build/fuzz/NAME/crash-…
# usage: fuzz.sh [NAME …]      FUZZ_SECONDS=600 each; FUZZ_KEEP=1 also keeps the few short inputs that reach new code
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build/fuzz}" "${FUZZ_SECONDS:=600}" "${FUZZ_KEEP:=}"
if ! command -v clang >/dev/null || ! printf 'int main(void){return 0;}' |
    clang -fsanitize=address,undefined -x c -o /dev/null - 2>/dev/null; then
    echo "Il manque clang ou ses bibliothèques : apt-get install clang libclang-rt-14-dev" >&2
    exit 2
fi
[ $# -gt 0 ] || set -- $(grep -l '^FUZZ_MAIN' tests/test_fuzz_*.c | sed 's,.*/test_fuzz_\(.*\)\.c,\1,')
targets=
for name; do targets="$targets $BUILD/tests/test_fuzz_$name"; done
# shellcheck disable=SC2086
make --no-print-directory BUILD="$BUILD" CC=clang WARN= CFLAGS='-O1 -g -DFUZZER' \
    SANITIZE=fuzzer-no-link,address,undefined LINK='-fsanitize=fuzzer,address,undefined' $targets
failed=0
for name; do
    kept=tests/corpus/fuzz/$name found=$BUILD/$name
    mkdir -p "$kept" "$found/corpus"
    echo "== $name, $FUZZ_SECONDS s"
    "$BUILD/tests/test_fuzz_$name" -max_total_time="$FUZZ_SECONDS" -max_len=6000 -timeout=30 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$found/" "$found/corpus" "$kept" >"$found/log" 2>&1 || failed=1
    grep -E 'stat::(number_of_executed|average_exec|peak_rss)|DONE|ERROR|SUMMARY|broken|Test unit written' "$found/log" || tail -3 "$found/log"
    if [ -n "$FUZZ_KEEP" ] && [ $failed = 0 ]; then
        "$BUILD/tests/test_fuzz_$name" -merge=1 -set_cover_merge=1 -use_counters=0 -max_len=256 "$kept" "$found/corpus" >/dev/null 2>&1
        (cd "$kept" && ls -S | tail -n +51 | xargs -r rm --) # fifty, the longest: they cover the most
    fi
done
exit $failed
