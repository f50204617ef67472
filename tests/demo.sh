#!/bin/sh
# The demo: a whole campaign in a minute, on an artificial clock, against a real private Postfix.
# usage: demo.sh [DEPARTMENTS]     29 (default), "29 35", or all; `make demo` builds first.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}"
departments=${1:-29}
[ "$departments" ] || departments=29
campaign=asco-2025
DEMO=$PWD/demo
RELAIS=$(cd "$BUILD" && pwd)/relais
JOURNAL=$DEMO/journal.txt
RELAIS_CONFIG=$DEMO/relais.ini
export DEMO RELAIS JOURNAL RELAIS_CONFIG
unset RELAIS_CLOCK
BEGIN=2025-12-08T08:00:00+01:00
END=2026-02-01T12:00:00+01:00
daemon=
visits=
mail=
server=
step=0

say() {
    step=$((step + 1))
    printf '%s. %s\n' "$step" "$*"
}

alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; }
# The daemon finishes what is in flight; whatever does not listen is ended all the same.
end_all() {
    # shellcheck disable=SC2086
    [ -z "$*" ] || kill -TERM $* 2>/dev/null || true
    for pid; do
        tries=0
        while alive "$pid" && [ $tries -lt 150 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        ! alive "$pid" || kill -KILL "$pid" 2>/dev/null || true
    done
}
stop_mail() {
    [ -z "$server" ] || end_all "$server"
    server=
    [ -n "$mail" ] || return 0
    tests/postfix_bed.sh stop "$mail" || true
    # What reached the far mailboxes and what came back stays, for whoever wants to look.
    cp -R "$mail/accepted.jsonl" "$mail/returns" "$mail/log" "$DEMO/" 2>/dev/null || true
    rm -rf "$mail"
    mail=
}
leave() {
    status=$?
    trap - EXIT
    trap '' INT TERM
    # shellcheck disable=SC2086
    end_all $daemon $visits
    stop_mail
    exit $status
}
trap leave EXIT
trap 'echo; echo "Interrompu : tout ce qui tourne est arrêté."; exit 130' INT
trap 'exit 143' TERM HUP

quietly() { # COMMAND…: its output is kept, and shown only when it fails
    "$@" >>"$DEMO/commandes.log" 2>&1 && return 0
    status=$?
    [ $status = 1 ] && return 0 # done, something needs a person: the report will show it
    echo "Échec : $*" >&2
    tail -n 20 "$DEMO/commandes.log" >&2
    exit $status
}

start_mail() {
    # Not in the repository: Postfix's own user must be able to reach its folder, wherever the repository is.
    mail=$(mktemp -d /tmp/relais-demo.XXXXXX)
    chmod 711 "$mail"
    if tests/postfix_bed.sh start "$mail" 2>"$DEMO/postfix.err"; then
        echo "   Postfix, réel et privé : 127.0.0.1:$(cat "$mail/port"), retours dans $mail/returns"
        return
    fi
    sed 's/^/   /' "$DEMO/postfix.err"
    mkdir -p "$mail/returns/new" "$mail/returns/cur" "$mail/returns/tmp"
    python3 tests/smtp_server.py --record "$mail" --maildir "$mail/returns" >"$mail/server.txt" 2>&1 &
    server=$!
    tries=0
    until grep -q '^PORT ' "$mail/server.txt"; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] && alive "$server" || { cat "$mail/server.txt" >&2; exit 1; }
        sleep 0.05
    done
    sed -n 's/^PORT //p' "$mail/server.txt" >"$mail/port"
    echo "   À la place, le serveur SMTP joué du projet : 127.0.0.1:$(cat "$mail/port")"
}

configure() {
    cat >>"$DEMO/relais.ini" <<END

; -- ce que la démonstration change
[smtp]
url = smtp://127.0.0.1:$(cat "$mail/port")
starttls = off
reply_timeout = 5s
[sender]
from = ASCO – AMF <relais@amf.example>
return_path = retour@amf.example
public_link = https://asco.example/
contact_name = Cellule ASCO
contact_phone = 01 99 00 00 00
[inbox]
maildir = $mail/returns
poll = 200ms
END
}

visit() { # INSTANT KIND ARGUMENTS…
    at=$1
    shift
    "$RELAIS" at "$at" -- tests/demo_visit.sh "$@" >>"$DEMO/commandes.log" 2>&1 &
    visits="$visits $!"
}

begun_s=$(date +%s)
[ -x "$RELAIS" ] || { echo "« $RELAIS » n'est pas construit : lancez « make demo »." >&2; exit 2; }
rm -rf "$DEMO"
mkdir -p "$DEMO"

say "Un serveur de courrier rien que pour la démonstration (rien ne quitte cette machine)"
start_mail

say "relais init : configuration, base, référentiel, modèles, calendrier"
quietly "$RELAIS" init "$DEMO"
configure
mkdir "$DEMO/listes"
: >"$JOURNAL"
# shellcheck disable=SC2086
python3 tests/demo_lists.py "$DEMO/listes" $departments
read -r enrolled selected answered <"$DEMO/listes/comptes"

say "Annuaire national : 36 224 collectivités aux adresses inventées (lists/examples)"
RELAIS_CLOCK=$BEGIN
export RELAIS_CLOCK
quietly "$RELAIS" import lists/examples/annuaire-national-simule.csv --as directory

say "Campagne $campaign, échéance du vendredi 23 janvier 2026 ; départements : $departments"
quietly "$RELAIS" campaign create $campaign --schedule "$DEMO/schedules/asco-2025.ics" --title "Enquête ASCO 2025"
quietly "$RELAIS" import "$DEMO/listes/selection.csv" --campaign $campaign
quietly "$RELAIS" answered $campaign "$DEMO/listes/repondants-2025-12-07.csv" --as-of 2025-12-07
echo "   $enrolled collectivités inscrites, $selected sélectionnées, $answered ont déjà répondu"
"$RELAIS" plan $campaign | sed 's/^/   /'

say "Départ : le démon envoie et lit les retours, du 8 décembre au 1er février, horloge artificielle"
quietly "$RELAIS" start $campaign --yes
unset RELAIS_CLOCK
for day in 2025-12-14 2025-12-21 2026-01-08 2026-01-15 2026-01-22 2026-01-27 2026-01-29; do
    visit "${day}T18:00:00+01:00" answered "$day"
done
visit 2026-01-15T14:00:00+01:00 extend 2026-01-30 2026-01-15
"$RELAIS" daemon --clock "${BEGIN}xauto" --until "$END" >"$DEMO/daemon.log" 2>&1 &
daemon=$!
python3 tests/demo_watch.py "$RELAIS" $campaign "$daemon" "$JOURNAL" "$END"
wait "$daemon" || { echo "Le démon s'est arrêté en erreur :" >&2; tail -n 20 "$DEMO/daemon.log" >&2; exit 1; }
daemon=
# shellcheck disable=SC2086
end_all $visits
visits=
stop_mail

say "Le rapport"
RELAIS_CLOCK=$END
export RELAIS_CLOCK
"$RELAIS" report $campaign || [ $? = 1 ]
"$RELAIS" report $campaign --format html >"$DEMO/rapport.html" || [ $? = 1 ]
"$RELAIS" report $campaign --format json >"$DEMO/rapport.json" || [ $? = 1 ]

say "Vérification, entre ce que les serveurs ont reçu et ce que dit la base"
python3 tests/demo_check.py "$DEMO/relais.db" "$DEMO/accepted.jsonl" "$DEMO/rapport.json"

echo
echo "Rapport HTML : $DEMO/rapport.html"
echo "Tout est arrêté ; durée : $(($(date +%s) - begun_s)) s. Le dossier demo/ reste pour regarder."
