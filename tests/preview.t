#!/bin/sh
# relais preview: what a mairie or a relay will get, as text, HTML, source and JSON; and what it says when asked wrongly.
. tests/lib.sh

dir=$tmp/work
ok "init" "$RELAIS" init "$dir"
cat >>"$dir/relais.ini" <<'INI'
[sender]
from = ASCO – AMF <relais@amf.example>
return_path = retour@amf.example
public_link = https://asco.example/enquete
contact_phone = 01 44 18 13 50
INI
relais() { "$RELAIS" -c "$dir/relais.ini" "$@" --clock 2025-12-01T08:00:00Z; }
{
    head -1 lists/examples/annuaire-national-simule.csv
    grep -E '^(29019|29053|29001);' lists/examples/annuaire-national-simule.csv
} >"$tmp/annuaire.csv"
{
    head -1 lists/examples/associations.csv
    grep '^29;' lists/examples/associations.csv
} >"$tmp/relais.csv"
ok "a campaign" relais campaign create asco-2025 --schedule "$dir/schedules/asco-2025.ics"
ok "a list" relais import "$tmp/annuaire.csv" --campaign asco-2025
ok "its networks" relais import "$tmp/relais.csv" --campaign asco-2025 --as relays

text=$(relais preview asco-2025 rappel-j14 29053)
like "the subject comes first, with its French name" "$(printf '%s\n' "$text" | head -1)" '^Objet : .*réponse du Faou'
like "the days left are those of the wave's day" "$text" 'Il reste 14 jours'
like "objecting is one click" "$text" 'mailto:retour\+apercu@amf.example\?subject=Opposition'
like "an elided name" "$(relais preview asco-2025 rappel-j14 29001)" "d'Argol"
like "HTML" "$(relais preview asco-2025 information 29019 --part html)" '<html lang="fr"'
relais preview asco-2025 information 29019 --part source >"$tmp/source.eml"
ok "the source is a message without defects" python3 - "$tmp/source.eml" <<'PY'
import email, email.policy, sys
message = email.message_from_file(open(sys.argv[1], newline=""), policy=email.policy.default.clone(raise_on_defect=True))
text, html = message.iter_parts()
text.get_content(), html.get_content()
assert message["to"].addresses[0].addr_spec.endswith("@brest.example"), message["to"]
assert message["message-id"] == "<apercu.asco-2025@amf.example>", message["message-id"]
assert message["date"].datetime.isoformat() == "2025-12-08T09:30:00+01:00", message["date"]
assert message["list-unsubscribe"] == "<mailto:retour+apercu@amf.example?subject=Opposition>"
assert "list-unsubscribe-post" not in message
PY
relais preview asco-2025 information 29019 --format json >"$tmp/preview.json"
ok "JSON has its keys" python3 -c '
import json, sys
got = json.load(open(sys.argv[1]))
assert list(got) == ["campaign", "wave", "id", "subject", "text", "html", "source", "address", "quiet"], list(got)
assert "de Brest" in got["text"] or "à Brest" in got["text"]' "$tmp/preview.json"

printf '[web]\nbase_url = https://relais.amf.example/\n' >>"$dir/relais.ini"
source=$(relais preview asco-2025 information 29019 --part source | tr -d '\r')
like "over https, one click" "$source" 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'
like "with its page" "$source" '<https://relais.amf.example/opposition/apercu>'

refused() {
    code=$1
    shift
    "$@" >"$tmp/out" 2>"$tmp/err"
    [ $? -eq 2 ] && [ ! -s "$tmp/out" ] && grep -q "$code" "$tmp/err"
}
ok "an unknown wave names those there are" refused "information, rappel-j14" relais preview asco-2025 rappel 29019
ok "an unknown code gives examples" refused "29001" relais preview asco-2025 information 29999
ok "an unknown part" refused "text, html ou source" relais preview asco-2025 information 29019 --part pdf
ok "an unknown campaign" refused "asco-2025" relais preview asco information 29019
printf '[sender]\nfrom = pas une adresse\n' >>"$dir/relais.ini"
ok "a sender that is no address names its line" refused "relais.ini:[0-9]* : .*pas une adresse" relais preview asco-2025 information 29019
printf '[sender]\nfrom = a@b.test\nreturn_path = retour+x@b.test\n' >>"$dir/relais.ini"
ok "a return path with a + of its own" refused "return_path" relais preview asco-2025 information 29019
printf '[sender]\nreturn_path = retour@b.test\npublic_link = javascript:x\n' >>"$dir/relais.ini"
ok "a public link that is none" refused "public_link" relais preview asco-2025 information 29019
plan_at_end
