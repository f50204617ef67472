#!/bin/sh
# Files and the deadline's event with a message: named in the template, kept with the campaign, read back by Python's email and icalendar.
. tests/lib.sh

dir=$tmp/work
ok "init" "$RELAIS" init "$dir"
cat >>"$dir/relais.ini" <<'INI'
[sender]
from = ASCO – AMF <relais@amf.example>
return_path = retour@amf.example
public_link = https://asco.example/enquete
INI
relais() { "$RELAIS" -c "$dir/relais.ini" "$@" --clock 2025-12-01T08:00:00Z; }
head -c 40000 /dev/urandom >"$dir/templates/Guide d'été, édition 2026.pdf"
printf 'code;nom\n29019;Brest\n' >"$dir/templates/liste.csv"
template() {
    {
        printf -- '---\nsubject: Objet {{nom_de}}\n'
        printf '%s\n' "$@"
        printf -- '---\nBonjour {{nom}}.\n'
    } >"$dir/templates/rappel-j14.md"
}
refused() {
    pattern=$1
    shift
    "$@" >"$tmp/out" 2>"$tmp/err"
    [ $? -eq 2 ] && grep -Eq "$pattern" "$tmp/err"
}
create() { relais campaign create "$1" --schedule "$dir/schedules/asco-2025.ics"; }

template "attachments: absent.pdf"
ok "a file that is not there is named" refused 'absent\.pdf' create a
template "attachments: liste.csv, programme.exe"
ok "a program is refused, with its line and what may be" refused 'rappel-j14\.md:3 : .*programme\.exe.*pdf' create a
template "attachments: ../relais.ini"
ok "no way out of the folder" refused 'rappel-j14\.md:3 : ' create a
template "calendar: oui"
ok "calendar is true or false" refused 'rappel-j14\.md:3 : .*true' create a
head -c 1000000 /dev/zero >"$dir/templates/a.pdf"
cp "$dir/templates/a.pdf" "$dir/templates/b.pdf"
template "attachments: a.pdf, b.pdf"
ok "too much together names the limit" refused '1[.,]5 Mo' create a

template "attachments: Guide d'été, édition 2026.pdf, liste.csv"
ok "a comma separates names" refused 'rappel-j14\.md:3' create a
mv "$dir/templates/Guide d'été, édition 2026.pdf" "$dir/templates/Guide d'été (édition 2026).pdf"
template "attachments: Guide d'été (édition 2026).pdf, liste.csv" "calendar: true"
ok "a campaign with files" create asco-2025
rm "$dir/templates/liste.csv"
{
    head -1 lists/examples/annuaire-national-simule.csv
    grep -E '^(29019|29053|97411);' lists/examples/annuaire-national-simule.csv
} >"$tmp/annuaire.csv"
ok "a list" relais import "$tmp/annuaire.csv" --campaign asco-2025
relais preview asco-2025 rappel-j14 29019 --part source >"$tmp/source.eml"
relais preview asco-2025 rappel-j14 97411 --part source >"$tmp/overseas.eml"
ok "extend raises the event's sequence" relais extend asco-2025 2026-01-30
relais preview asco-2025 rappel-j14 29019 --part source >"$tmp/extended.eml"
cat >"$tmp/judge.py" <<'PY'
import email, email.policy, sys
import icalendar

policy = email.policy.SMTP.clone(raise_on_defect=True)
def read(path):
    message = email.message_from_binary_file(open(path, "rb"), policy=policy)
    assert message.get_content_type() == "multipart/mixed"
    files = list(message.iter_attachments())
    assert [part.get_filename() for part in files] == ["Guide d'été (édition 2026).pdf", "liste.csv", "echeance.ics"], files
    assert files[0].get_content() == open(sys.argv[4], "rb").read()
    assert files[1].get_content() == "code;nom\n29019;Brest\n"
    event = files[2]
    assert event.get_content_type() == "text/calendar" and event.get_param("method") == "PUBLISH", event["content-type"]
    raw = event.get_payload(decode=True)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(raw)
    assert calendar["METHOD"] == "PUBLISH"
    [event] = [part for part in calendar.walk() if part.name == "VEVENT"]
    return event

event, overseas, extended = map(read, sys.argv[1:4])
assert str(event["DTSTART"].dt) == "2026-01-23" and str(event["DTEND"].dt) == "2026-01-24", event
assert str(extended["DTSTART"].dt) == "2026-01-30"
assert event["UID"] == extended["UID"] == "echeance-asco-2025@amf.example", event["UID"]
assert extended["SEQUENCE"] > event["SEQUENCE"]
assert str(event["SUMMARY"]) == "Dernier jour pour répondre : Enquête ASCO", event["SUMMARY"]
assert event["ORGANIZER"] == "mailto:relais@amf.example" and event["ORGANIZER"].params["CN"] == "ASCO – AMF"
assert event["URL"] == "https://asco.example/enquete"
PY
ok "files and event come back whole" /usr/bin/python3 "$tmp/judge.py" "$tmp/source.eml" "$tmp/overseas.eml" "$tmp/extended.eml" \
    "$dir/templates/Guide d'été (édition 2026).pdf"
like "check reads the templates, not the files" "$(relais check 2>&1)" 'ok +campagne asco-2025'
relais preview asco-2025 information 29019 --part source >"$tmp/plain.eml"
ok "a template without files has none" not grep -q 'multipart/mixed' "$tmp/plain.eml"
plan_at_end
