#!/bin/sh
# Lists, from a coordinator's file to contacts and enrolments: the commands import, answered, unanswered, withdraw.
. tests/lib.sh
[ -x "$RELAIS" ] || skip_all "no $RELAIS"

examples=lists/examples
: "${SHARED:=../shared}"
work=$tmp/work
RELAIS_CONFIG=$work/relais.ini
RELAIS_CLOCK=2026-01-16T12:00:00+01:00
export RELAIS_CONFIG RELAIS_CLOCK
relais() { "$RELAIS" "$@"; }
sql() {
    python3 -c 'import sqlite3, sys
print("\n".join("|".join(map(str, row)) for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])))' "$work/relais.db" "$1"
}
# What no dry run, refusal or repeated import may change.
state() {
    sql "SELECT (SELECT COUNT(*) FROM contact), (SELECT COUNT(*) FROM suppression), (SELECT COUNT(*) FROM enrolment),
         (SELECT COUNT(*) FROM event), (SELECT SUM(selected) FROM enrolment),
         (SELECT SUM(answered) FROM enrolment)"
}
json() { python3 -c 'import json, sys
answer = json.load(sys.stdin)
print(eval(sys.argv[1], {"a": answer}))' "$1"; }

ok "a folder" relais init "$work"
ok "a campaign" relais campaign create asco --schedule "$work/schedules/asco-2025.ics"

# -- the national list
before=$(state)
relais import "$examples/annuaire-national-simule.csv" --dry-run --format json >"$tmp/dry.json"
is "dry run: exit 0" $? 0
is "dry run: no import_id" "$(json '"import_id" in a' <"$tmp/dry.json")" False
is "dry run: nothing changed" "$(state)" "$before"
# Processor time, which a busy machine does not stretch.
python3 -c 'import resource, subprocess, sys
code = subprocess.call(sys.argv[2:], stdout=open(sys.argv[1], "w"))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, round(1000 * (used.ru_utime + used.ru_stime)))' "$tmp/national.json" \
    "$RELAIS" import "$examples/annuaire-national-simule.csv" --campaign asco --format json >"$tmp/run" 2>"$tmp/err"
read -r code spent_ms <"$tmp/run"
is "national list: exit 0" "$code" 0
limit_ms=2000
case $BUILD in *san*) limit_ms=30000 ;; esac
ok "contacts and enrolments in $spent_ms ms of processor time" test "$spent_ms" -lt "$limit_ms"
is "nothing on standard error" "$(cat "$tmp/err")" ""
is "its figures" "$(json '[a["rows"][k] for k in ("accepted", "merged", "rejected", "ignored")] + [a["lines_count"], a["lines_sha256"], a["import_id"]]' <"$tmp/national.json")" \
    "[36224, 0, 0, 0, 38660, '92fbfcbf8ee73926e3b7550acd688934b221be51b06a2597d5e851b59266b8f5', 1]"
is "its columns" "$(json '[c["role"] for c in a["columns"]]' <"$tmp/national.json")" \
    "[None, None, 'insee', 'siren', 'name', 'department', None, None, None, None, None, None, 'postal', 'email', None]"
is "contacts and enrolments" "$(state)" "38218|0|36224|36224|0|0"
is "first of the cell ranks first" "$(sql "SELECT address FROM contact WHERE party_id = '69123' ORDER BY rank")" \
    "mairie@commune-lyon.example
ccas@ville-lyon.example"
before=$(state)
ok "the same again" relais import "$examples/annuaire-national-simule.csv" --campaign asco
is "adds and changes nothing" "$(state)" "$before"

# -- the sample, the answers, the networks
ok "the sample" relais import "$examples/selection-asco-simulee.csv" --campaign asco
is "12,000 selected" "$(sql 'SELECT SUM(selected), COUNT(*) FROM enrolment')" "12000|36224"
ok "the answers" relais answered asco "$examples/repondants-2026-01-16.csv" --as-of 2026-01-15
is "5,371 answered, each with its day" "$(sql 'SELECT SUM(answered), COUNT(answered_on), MAX(answered_on) FROM enrolment')" "5371|5371|2026-01-16"
before=$(state)
relais answered asco "$examples/repondants-2026-01-16.csv" --format json >"$tmp/answers.json"
is "the same answers change nothing" "$(state)" "$before"
is "and are dated" "$(json 'len(a["response_dates"])' <"$tmp/answers.json")" 5371
ok "the networks" relais import "$examples/associations.csv" --as relays
is "100 relays, each with its address" \
    "$(sql "SELECT COUNT(*), COUNT(c.id), MIN(r.id), MIN(r.reply_to) FROM relay r JOIN contact c ON c.party_id = r.id AND c.party_kind = 'relay'")" \
    "100|100|AMF 01|coordination@amf01.example"
is "who are not enrolled" "$(sql "SELECT COUNT(*) FROM enrolment WHERE party_id LIKE 'AMF%'")" 0

# -- by hand
relais answered asco 29019 29232 --as-of 2026-01-14 --format json >"$tmp/out"
is "answered by code" "$(json '[a["campaign"], a["answered"], a["answers_as_of"][:10]]' <"$tmp/out")" "['asco', 2, '2026-01-14']"
is "both" "$(sql "SELECT SUM(answered) FROM enrolment WHERE party_id IN ('29019', '29232')")" 2
ok "unanswered" relais unanswered asco 29019
is "takes one back" "$(sql "SELECT party_id, answered FROM enrolment WHERE party_id IN ('29019', '29232') ORDER BY 1")" "29019|0
29232|1"
ok "withdrawn" relais withdraw asco 29019
is "is withdrawn" "$(sql "SELECT withdrawn FROM enrolment WHERE party_id = '29019'")" 1
is "each change is in the ledger" "$(sql "SELECT event, origin FROM event WHERE party_id = '29019' ORDER BY id" | cut -d: -f1 | tr '\n' ' ')" \
    "informed|annuaire-national-simule.csv selected|selection-asco-simulee.csv answered|repondants-2026-01-16.csv unanswered|relais unanswered withdrawn|relais withdraw "
before=$(state)
relais answered asco 29001 29999 >/dev/null 2>"$tmp/err"
is "an unknown code: exit 2" $? 2
like "named" "$(cat "$tmp/err")" "29999"
is "and the known one is not recorded" "$(state)" "$before"
relais answered asco 29001 --as-of 2026-01-18 2>"$tmp/err"
is "answers of tomorrow: exit 2" $? 2

# -- oppositions
printf 'Code INSEE;Courriel;Statut\n29001;nouvelle@argol.example;Ne plus contacter\n29002;;refus\n' >"$tmp/refus.csv"
ok "oppositions" relais import "$tmp/refus.csv" --campaign asco
is "the address is suppressed" "$(sql 'SELECT address, reason, origin FROM suppression')" "nouvelle@argol.example|objection|refus.csv:2"
is "both collectivities have objected" "$(sql "SELECT party_id FROM enrolment WHERE objected = 1 ORDER BY 1" | tr '\n' ' ')" "29001 29002 "

# -- rows that need a person
printf 'Code INSEE;Commune;Courriel\n29001;Argol;a@a.example\n29999;Nulle-Part;b@b.example\n29019;Brest;=1+1\n' >"$tmp/fautes.csv"
relais import "$tmp/fautes.csv" --dry-run --format json >"$tmp/out"
is "rejected rows: exit 1" $? 1
is "each with line, reason, column, text" "$(json 'a["rejected"]' <"$tmp/out")" \
    "[{'line': 3, 'reason': 'INSEE_UNKNOWN', 'column': 'Code INSEE', 'text': '29999', 'cell': 'A3', 'hint': \"ce code INSEE n'existe pas (est-ce un code postal ?) : corrigez-le\"}, {'line': 4, 'reason': 'FORMULA', 'column': 'Courriel', 'text': '=1+1', 'cell': 'C4', 'hint': 'la cellule est une formule : remplacez-la par sa valeur'}]"
like "in words" "$(relais import "$tmp/fautes.csv" --dry-run)" "ligne 3, A3 \(Code INSEE\) : « 29999 »"
like "and what to do" "$(relais import "$tmp/fautes.csv" --dry-run)" "^      ce code INSEE n'existe pas"
like "as CSV, formulas disarmed" "$(relais import "$tmp/fautes.csv" --dry-run --format csv)" "^29019;Brest;'=1\+1;FORMULA;la cellule est une formule"
is "--lines" "$(relais import "$tmp/fautes.csv" --dry-run --format json --lines | json 'a["lines"]')" "['29001;a@a.example;informee']"
{
    echo 'Code INSEE;Courriel'
    for i in $(seq 30); do echo "999$((i + 10));x@x.example"; done
} >"$tmp/beaucoup.csv"
like "no more than twenty are shown" "$(relais import "$tmp/beaucoup.csv" --dry-run)" "… et 10 autres"

# -- refused
before=$(state)
printf 'PK\003\004' >"$tmp/classeur.xlsx"
relais import "$tmp/classeur.xlsx" --format json >"$tmp/out" 2>"$tmp/err"
is "half a workbook: exit 2" $? 2
is "refused" "$(json '[a["file"], a["refused"], a["reason"], a["error"]["code"]]' <"$tmp/out")" "['classeur.xlsx', True, 'ZIP_INVALID', 'ZIP_INVALID']"
like "with a way out" "$(cat "$tmp/err")" "enregistrez-le de nouveau"
for words in "$tmp/refus.csv --campaign autre" "$tmp/refus.csv --as tout" "$tmp/absent.csv" "$tmp" ""; do
    # shellcheck disable=SC2086
    relais import $words >"$tmp/out" 2>"$tmp/err"
    is "import $(echo "$words" | sed "s#$tmp#…#"): exit 2" $? 2
    is "one line" "$(wc -l <"$tmp/err" | tr -d ' ')" 1
done
is "nothing changed" "$(state)" "$before"

# -- the lists coordinators send
exact() {
    relais import "$1" --dry-run --format json --lines >"$tmp/answer.json" 2>"$tmp/err"
    python3 tests/import_expected.py "${1%.*}.expected.json" <"$tmp/answer.json"
}
if [ -d "$SHARED/lists/messy" ]; then
    for file in "$SHARED"/lists/collectivites-2026.csv "$SHARED"/lists/messy/*.csv "$SHARED"/lists/messy/*.txt \
        "$SHARED"/lists/messy/*.xlsx "$SHARED"/lists/messy/*.ods; do
        ok "exact: $(basename "$file")" exact "$file"
    done
else
    skip "the lists coordinators send" "no $SHARED"
fi
plan_at_end
