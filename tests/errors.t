#!/bin/sh
# Bad input: exit 2, one sentence that names the place and the remedy, and nothing changed.
. tests/lib.sh
[ -x "$RELAIS" ] || skip_all "no $RELAIS"

work=$tmp/work
RELAIS_CONFIG=$work/relais.ini
RELAIS_CLOCK=2025-12-15T10:00:00+01:00
export RELAIS_CONFIG RELAIS_CLOCK
closed_port=$(free_port)
relais() { "$RELAIS" "$@"; }
dump() { sqlite3 "$work/relais.db" .dump | sha256sum; }

ok "a working folder" relais init "$work"
cat >>"$RELAIS_CONFIG" <<END
[smtp]
url = smtp://127.0.0.1:$closed_port
starttls = off
[sender]
from = ASCO – AMF <relais@amf.example>
return_path = retour@amf.example
public_link = https://asco.example/
END
cp "$RELAIS_CONFIG" "$tmp/good.ini"
cat >"$tmp/liste.csv" <<'END'
code_insee;nom;email;statut
29001;Argol;mairie@argol.example;selectionnee
29019;Brest;mairie@brest.example;selectionnee
END
ok "a campaign" relais campaign create asco --schedule "$work/schedules/asco-2025.ics"
ok "with two collectivities" relais import "$tmp/liste.csv" --campaign asco

# refused LABEL PATTERN… -- COMMAND…: every pattern is in the one line it says.
refused() {
    label=$1
    shift
    patterns=
    while [ "$1" != -- ]; do
        patterns="$patterns$1
"
        shift
    done
    shift
    before=$(dump)
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    is "$label: exit 2" $? 2
    is "$label: one line" "$(wc -l <"$tmp/err" | tr -d ' ')" 1
    printf '%s' "$patterns" >"$tmp/patterns"
    while IFS= read -r pattern; do like "$label: says «$pattern»" "$(cat "$tmp/err")" "$pattern"; done <"$tmp/patterns"
    is "$label: nothing changed" "$(dump)" "$before"
}
with_ini() { # TEXT: the good configuration and these lines
    { cat "$tmp/good.ini"; printf '%s\n' "$1"; } >"$RELAIS_CONFIG"
}

# -- files and lists
refused "missing list" 'absente\.csv' -- relais import "$tmp/absente.csv" --campaign asco
refused "missing list of answers" 'absente\.csv' -- relais answered asco "$tmp/absente.csv"
printf 'couleur;taille\nrouge;12\nverte;14\n' >"$tmp/colonnes.csv"
refused "unknown columns" 'colonnes\.csv' 'colonne|en-tête' -- relais import "$tmp/colonnes.csv" --campaign asco
: >"$tmp/vide.csv"
refused "empty list" 'vide\.csv' -- relais import "$tmp/vide.csv" --campaign asco

# -- campaigns
for command in "plan inconnue" "report inconnue" "extend inconnue 2026-01-30" "start inconnue --yes" "pause inconnue" \
    "preview inconnue information 29019" "answered inconnue 29019" "import $tmp/liste.csv --campaign inconnue"; do
    # shellcheck disable=SC2086
    refused "unknown campaign: ${command%% *}" 'inconnue' 'asco' -- relais $command
done
refused "a campaign that exists" 'asco' -- relais campaign create asco --schedule "$work/schedules/asco-2025.ics"
refused "unknown wave" 'rappel-j99' -- relais preview asco rappel-j99 29019
refused "unknown collectivity" '99999' -- relais answered asco 99999
refused "impossible date" '2026-02-30' -- relais extend asco 2026-02-30

# -- calendars and templates
sed 's/^TRIGGER;RELATED=END:.*/TRIGGER;RELATED=END:bientôt/' "$work/schedules/asco-2025.ics" >"$tmp/casse.ics"
line=$(grep -n 'bientôt' "$tmp/casse.ics" | head -n 1 | cut -d: -f1)
refused "broken calendar" "casse\.ics" "(ligne |:)$line" -- relais campaign create autre --schedule "$tmp/casse.ics"
head -c 200 "$work/schedules/asco-2025.ics" >"$tmp/coupe.ics"
refused "cut calendar" "coupe\.ics" -- relais campaign create autre --schedule "$tmp/coupe.ics"
refused "missing calendar" "absent\.ics" -- relais campaign create autre --schedule "$tmp/absent.ics"
cp -R "$work/templates" "$tmp/modeles"
printf '\nBonjour {{prenom}},\n' >>"$tmp/modeles/information.md"
line=$(grep -n prenom "$tmp/modeles/information.md" | cut -d: -f1)
refused "unknown field" 'information\.md' "(ligne |:)$line" 'prenom' -- \
    relais campaign create autre --schedule "$work/schedules/asco-2025.ics" --templates "$tmp/modeles"
rm "$tmp/modeles/information.md"
refused "missing template" 'information\.md' 'modeles' -- \
    relais campaign create autre --schedule "$work/schedules/asco-2025.ics" --templates "$tmp/modeles"

# -- configuration and words
with_ini '[smtp]
connections = beaucoup'
refused "bad number" 'relais\.ini' 'connections' 'beaucoup' -- relais plan asco
with_ini '[smtp]
conexions = 3'
refused "unknown key" 'relais\.ini' 'conexions' -- relais plan asco
with_ini '[smtp]
url = smtp://mail.example.test:25'
refused "an artificial clock and a real relay" 'mail\.example\.test' '127\.0\.0\.1' -- relais send --until-idle
unset RELAIS_CLOCK
refused "no encryption to another machine" 'starttls' -- relais send --until-idle
export RELAIS_CLOCK=2025-12-15T10:00:00+01:00
cp "$tmp/good.ini" "$RELAIS_CONFIG"
refused "no configuration" 'nulle\.ini' -- relais -c "$tmp/nulle.ini" plan asco
refused "unknown command" 'expedier' 'relais help' -- relais expedier
refused "unknown option" '--vite' 'relais help' -- relais plan asco --vite
refused "bad clock" 'hier' -- relais plan asco --clock hier
relais plan inconnue --format json >"$tmp/out" 2>/dev/null
is "with --format json, the error is one object too" \
    "$(python3 -c 'import json,sys; e = json.load(sys.stdin)["error"]; print(e["code"], sorted(e))' <"$tmp/out")" \
    "UNKNOWN_CAMPAIGN ['code', 'file', 'line', 'message']"

# -- folders and the store
: >"$tmp/fichier"
refused "a folder that cannot be made" 'fichier/ici' -- relais init "$tmp/fichier/ici"
[ -d /proc/self ] && refused "an unwritable folder" '/proc/relais' -- relais init /proc/relais
refused "a folder in use" 'existe déjà' 'autre dossier' -- relais init "$work"
with_ini "[store]
url = sqlite:$tmp/fichier/relais.db"
refused "a store that cannot be opened" 'fichier/relais\.db' -- relais plan asco
with_ini "[store]
url = sqlite:$tmp/absente.db"
refused "no store there" 'absente\.db' 'init' -- relais plan asco
ok "and none is made" not test -e "$tmp/absente.db"
head -c 20000 /dev/urandom >"$tmp/bruit.db"
with_ini "[store]
url = sqlite:$tmp/bruit.db"
refused "not a database" 'bruit\.db' -- relais plan asco
cp "$tmp/good.ini" "$RELAIS_CONFIG"
sqlite3 "$work/relais.db" 'INSERT INTO schema_version (version) VALUES (9999)'
refused "a store newer than the program" '9999' 'plus récente' -- relais plan asco
sqlite3 "$work/relais.db" 'DELETE FROM schema_version WHERE version = 9999'

# -- servers: nothing is sent, nobody is at fault, and it goes on once the server is there
deliveries() { sqlite3 "$work/relais.db" "SELECT COUNT(*) FROM delivery WHERE state IN (1, 2, 4, 5, 7)"; }
sed 's/20251208T083000Z/20251215T083000Z/' "$work/schedules/asco-2025.ics" >"$tmp/jour.ics"
ok "a campaign due now" relais campaign create due --schedule "$tmp/jour.ics"
ok "enrolled" relais import "$tmp/liste.csv" --campaign due
ok "started" relais start due --yes
server_refused() { # LABEL PATTERN…
    label=$1
    shift
    relais send --until-idle >"$tmp/out" 2>"$tmp/err"
    is "$label: exit 2" $? 2
    # The role's log goes there too, each line with its instant; the sentence is one.
    is "$label: one sentence" "$(grep -c '^relais : ' "$tmp/err")" 1
    for pattern; do like "$label: says «$pattern»" "$(cat "$tmp/err")" "$pattern"; done
    is "$label: no delivery has moved" "$(deliveries)" 0
    relais check >"$tmp/out" 2>&1
    is "$label: check fails too" $? 2
    for pattern; do like "$label: check says «$pattern»" "$(cat "$tmp/out")" "$pattern"; done
}
server_refused "unreachable server" "127\.0\.0\.1:$closed_port"

echo le-vrai >"$tmp/le-vrai"
python3 tests/smtp_server.py --user relais --password-file "$tmp/le-vrai" >"$tmp/auth" &
started $!
wait_for 5 grep -q '^PORT ' "$tmp/auth"
(umask 077 && echo secret-invente >"$tmp/mot-de-passe")
with_ini "[smtp]
url = smtp://127.0.0.1:$(sed -n 's/^PORT //p' "$tmp/auth")
username = relais
password_file = $tmp/mot-de-passe"
server_refused "wrong password" '535 5\.7\.8' 'password_file'
ok "the password itself is not shown" not grep -q secret-invente "$tmp/out" "$tmp/err"
chmod 644 "$tmp/mot-de-passe"
refused "a password others can read" 'chmod 600' 'password_file' -- relais send --until-idle
ok "… and it is not shown" not grep -q secret-invente "$tmp/out" "$tmp/err"
with_ini "[smtp]
username = relais
password_file = $tmp/pas-de-mot-de-passe"
refused "no password file" 'pas-de-mot-de-passe' 'password_file' -- relais send --until-idle

# Few descriptors: whatever was to be opened first, that is the cause told, not a missing file or a missing right.
with_ini ""
for few in 8 9 10 11; do
    (ulimit -n "$few"; exec "$RELAIS" send --until-idle) >"$tmp/out" 2>"$tmp/err"
    is "$few files: exit 2" $? 2
    like "$few files: it says so, or comes as far as the server" "$(cat "$tmp/err")" 'trop de fichiers sont ouverts|ne prend pas la connexion'
done
(ulimit -n 8; exec "$RELAIS" send --until-idle) 2>"$tmp/err"
like "… 8 do not do" "$(cat "$tmp/err")" 'trop de fichiers sont ouverts'
plan_at_end
