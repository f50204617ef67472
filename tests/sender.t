#!/bin/sh
# The sender against the scripted server: what one says was taken and what the other recorded must be the same set.
. tests/lib.sh
TOOL=$BUILD/tests/tool_sender
[ -x "$TOOL" ] || skip_all "no $TOOL: make tools"

# serve NAME OPTION…: a server with its record in $tmp/NAME; sets port.
serve() {
    name=$1
    shift
    python3 tests/smtp_server.py --record "$tmp/$name" "$@" >"$tmp/$name.port" 2>"$tmp/$name.log" &
    server=$!
    started "$server"
    wait_for 10 grep -q PORT "$tmp/$name.port" || { cat "$tmp/$name.log"; exit 1; }
    port=$(cut -d' ' -f2 "$tmp/$name.port")
}
# served: ends the server begun last, so that its counts are written.
served() { stop_all "$server"; }
count() { sed "s/.*\"$1\": \([0-9]*\).*/\1/" "$tmp/$name/counts.json"; }
send() { timeout 60 "$TOOL" "smtp://127.0.0.1:$port" "$@" >"$tmp/out" 2>&1; }
with() { grep -c "^[0-9]* $1 " "$tmp/out"; }
# Numbers of messages that ended as $1, and those the server recorded; both sorted.
numbers_with() { sed -n "s/^\([0-9]*\) $1 .*/\1/p" "$tmp/out" | sort -n; }
numbers_recorded() { sed 's/.*<essai\.\([0-9]*\)@.*/\1/' "$tmp/$name/accepted.jsonl" | sort -n; }

# -- plain sending
serve plain
send 500 8
is "500 sent" "$(with sent)" 500
is "each recorded once, none other" "$(numbers_recorded)" "$(seq 0 499)"
serve_bytes=$(python3 - "$tmp/plain" <<'END'
import hashlib, json, sys
from pathlib import Path
folder, bad = Path(sys.argv[1]), 0
for line in (folder / "accepted.jsonl").open():
    entry = json.loads(line)
    content = (folder / entry["file"]).read_bytes()
    lines = content.split(b"\r\n")
    bad += hashlib.sha256(content).hexdigest() != entry["sha256"] or not any(line.startswith(b".ligne") for line in lines)
    bad += any(line.startswith(b"..") for line in lines) or lines[-1] != b"" or b"\n" in content.replace(b"\r\n", b"")
print(bad)
END
)
is "dots arrive as they were written" "$serve_bytes" 0
served
is "over 8 lines" "$(count connections)" 8

serve bare --no-pipelining --no-dsn
send 100 4
is "without extensions: 100 sent" "$(with sent)" 100
served
is "… over 4 lines" "$(count connections)" 4

serve big
send 6 2 size=3000000
is "messages of 3 MB" "$(with sent)" 6
served

# -- refused recipients cost nothing but themselves
serve refused
send 300 4 to=a@clients.test,b@boite-inconnue.test,c@boite-pleine.test,d@sans-mx.test,e@refus-politique.test,f@liste-grise.test
is "refused: dead" "$(with dead)" 100
is "refused: later" "$(with retry)" 51
is "refused: failed" "$(with fail)" 50
is "the others are sent" "$(numbers_with sent)" "$(numbers_recorded)"
served
is "no line was lost by it" "$(count connections)" 4

serve throttled
send 50 2 to=u@debit.test
is "too many for a domain: slower there" "$(with slow-domain)" 2
is "… and the others go" "$(with sent)" 48
served

# -- a link that dies
serve dropped
send 40 4 to=a@clients.test,b@clients.test,c@coupure.test,d@clients.test
is "dropped after the dot: in doubt" "$(with doubt)" 10
is "in doubt is what was recorded and not answered" "$( (numbers_with sent; numbers_with doubt) | sort -n)" "$(numbers_recorded)"
served

cat >"$tmp/script" <<'END'
MAIL x1 /essai\.5\b/ 421 4.4.2 mx.test Error: timeout exceeded
MAIL x1 /essai\.9\b/ drop
MAIL x1 /essai\.13\b/ 451 4.3.0 not this one
DATA x1 /DATA/ drop
END
serve idle --reply-script "$tmp/script" --no-pipelining
send 20 1
is "a line that died idle hurts no delivery" "$(numbers_with retry | tr '\n' ' ')" "0 13 "
is "… the others are sent" "$(with sent)" 18
served

serve few --max-connections 3
send 60 8
is "a relay that takes 3 lines gets 3: all sent" "$(with sent)" 60
served

# The answer to the dot is 421, and the commands of the next one are out already: that one goes elsewhere.
printf '%s\n' 'DOT x2 /s@/ 421 4.3.2 mx.test closing' >"$tmp/script"
serve closing --reply-script "$tmp/script"
send 60 2 to=s@clients.test,a@clients.test,b@clients.test
is "421 to the dot: slower, for those two" "$(numbers_with slow | wc -l) $(with sent)" "2 58"
is "… and nobody else is hurt or doubled" "$(numbers_with sent)" "$(numbers_recorded)"
served

serve taken_back
send 100 2 take_back=3
taken_back=$(grep -c "taken back" "$tmp/out")
ok "some are taken back before they begin ($taken_back)" test "$taken_back" -gt 5
is "… the others are sent, on the same two lines" "$(numbers_with sent) $taken_back" "$(numbers_recorded) $((100 - $(with sent)))"
served
is "… no line was lost by it" "$(count connections)" 2

serve accents --smtputf8
send 4 2 to=a@clients.test,mairie-école@clients.test
is "SMTPUTF8 where the server offers it" "$(with sent)" 4
is "… with the address as it is" "$(grep -c 'mairie-école@clients.test' "$tmp/accents/accepted.jsonl")" 2
served
serve no_accents
send 4 2 to=a@clients.test,mairie-école@clients.test
like "… else it fails with 5.6.7" "$(grep '^1 ' "$tmp/out")" '^1 fail «RCPT TO» 0 5\.6\.7 '
is "… the others go" "$(with sent)" 2
served

serve polled
send 100 4 poll=1
is "waited for from outside (sender_fd): 100 sent" "$(with sent)" 100
served

# -- each phase has its own time-out
phase_time_out() { # VERB PHASE KEY: the server falls silent at VERB; only KEY is short
    printf '%s\n' "$1 x1 /./ silence" >"$tmp/script"
    serve "silent_$3" --reply-script "$tmp/script"
    send 3 1 "$3=400"
    like "silence at $1 ends after its own time" "$(cat "$tmp/out")" "pas de réponse du serveur en 0 s \($2\)"
    is "… and costs the others nothing" "$(with sent)" 2
    served
}
phase_time_out MAIL "MAIL FROM" mail_ms
phase_time_out RCPT "RCPT TO" rcpt_ms
phase_time_out DATA DATA data_ms
phase_time_out DOT "end of DATA" dot_ms

# -- one stuck line
printf '%s\n' 'RCPT x1 /s@/ silence' >"$tmp/script"
serve stuck --reply-script "$tmp/script"
send 200 4 to=s@clients.test,a@clients.test,b@clients.test reply_ms=4000
is "one is given up" "$(with retry)" 1
is "… as the last: nobody waited for it" "$(grep -c . "$tmp/out") $(grep -n retry "$tmp/out" | cut -d: -f1)" "202 200"
is "199 are sent" "$(with sent)" 199
served

serve slow_dot --delay-dot-ms 100
send 80 8
took=$(sed -n 's/^done .* in \([0-9]*\) ms.*/\1/p' "$tmp/out")
ok "dots answered after 100 ms hold up only their line (10 rounds, $took ms)" test "$took" -lt 7500
served
serve late_dot --delay-dot-ms 4000
send 1 1 dot_ms=300
is "no answer to the dot: in doubt" "$(with doubt)" 1
like "… and says so" "$(cat "$tmp/out")" "pas de réponse du serveur en 0 s \(end of DATA\)"
ok "closing does not wait for the server" test "$(sed -n 's/^closed in \([0-9]*\) ms/\1/p' "$tmp/out")" -lt 3500
served

serve dropping
send 40 4 drop=4
is "dropped before the dot: not sent" "$(numbers_with sent)" "$(numbers_recorded)"
is "… 30 of 40" "$(with sent)" 30
served

# -- what cannot be opened
is "nobody there" "$("$TOOL" "smtp://127.0.0.1:$(free_port)" 1 1 try=1 | cut -d' ' -f1)" SMTP_CONNECT
is "unknown host" "$("$TOOL" smtp://serveur.invalid:25 1 1 try=1 starttls=required | cut -d' ' -f1)" SMTP_RESOLVE
is "starttls = off to another machine" "$("$TOOL" smtp://192.0.2.1:25 1 1 try=1 | cut -d' ' -f1)" SMTP_CLEAR
is "a user in the URL" "$("$TOOL" smtp://me:secret@127.0.0.1:25 1 1 try=1 | cut -d' ' -f1)" SMTP_URL
is "another protocol" "$("$TOOL" http://127.0.0.1:25 1 1 try=1 | cut -d' ' -f1)" SMTP_URL
is "a host that only looks like loopback" "$("$TOOL" smtp://127.0.0.1.example.test:25 1 1 try=1 | cut -d' ' -f1)" SMTP_CLEAR
mute=$(free_port)
python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); print("ready", flush=True); time.sleep(60)' "$mute" >"$tmp/mute" &
started $!
until [ -s "$tmp/mute" ]; do sleep 0.05; done
ok "a server that says nothing is given up" test "$("$TOOL" "smtp://127.0.0.1:$mute" 1 1 try=1 connect_ms=700 greeting_ms=700 | cut -d' ' -f1)" = SMTP_TIMEOUT
tool_at() { timeout 60 "$TOOL" "smtp://127.0.0.1:$1" "$2" "$3" connect_ms=20000 greeting_ms=20000 stop_ms=300 >"$tmp/out" 2>&1; }
tool_at "$mute" 10 4
took=$(sed -n 's/^done .* in \([0-9]*\) ms.*/\1/p' "$tmp/out")
ok "… or, when we stop, at once ($took ms)" test "$took" -lt 4000
is "… and no delivery had a connection" "$(grep -c '«greeting» 0' "$tmp/out")" 8
printf '%s\n' 'CONNECT /^/ 554 5.7.1 mx.test no service' >"$tmp/script"
serve unfriendly --reply-script "$tmp/script"
like "a greeting that refuses is quoted" "$("$TOOL" "smtp://127.0.0.1:$port" 1 1 try=1)" "SMTP_REFUSED .*554 5.7.1 mx.test no service"
send 3 2
is "… and is the relay's fault" "$(with relay)" 3
served

# -- TLS and log-in
command -v openssl >/dev/null || { skip "no openssl: TLS"; plan_at_end; }
cd "$tmp" || exit 1
{
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=essai -days 2
    for host in localhost autre.test; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $host.key -out $host.csr -subj /CN=$host
        printf 'subjectAltName=DNS:%s\n' $host >$host.ext
        openssl x509 -req -in $host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $host.ext -out $host.pem
    done
} >openssl.log 2>&1 || { cat openssl.log; exit 1; }
cd - >/dev/null || exit 1
echo sesame >"$tmp/password"
tls() { timeout 60 "$TOOL" "smtp://localhost:$port" "$@" >"$tmp/out" 2>&1; }
auth="user=relais password=sesame starttls=required ca=$tmp/ca.pem"

serve tls --cert "$tmp/localhost.pem" --key "$tmp/localhost.key" --user relais --password-file "$tmp/password"
# shellcheck disable=SC2086
tls 200 4 $auth
is "STARTTLS and AUTH: 200 sent" "$(with sent)" 200
# shellcheck disable=SC2086
tls 4 2 $auth size=2000000
is "2 MB through TLS" "$(with sent)" 4
tls 1 1 try=1 user=relais password=sesame starttls=opportunistic "ca=$tmp/ca.pem"
is "opportunistic takes TLS where it is" "$(cat "$tmp/out")" ok
tls 1 1 try=1 user=relais password=faux starttls=required "ca=$tmp/ca.pem"
like "wrong password: named, with the remedy" "$(cat "$tmp/out")" "^SMTP_LOGIN .*535 5.7.8 .*password_file"
ok "… and never shown" not grep -q faux "$tmp/out"
logins=$(grep -c . "$tmp/tls/accepted.jsonl")
tls 1 1 try=1 user=relais password=sesame starttls=required
like "an authority unknown to this machine" "$(cat "$tmp/out")" "^SMTP_CERTIFICATE .*ca_file"
tls 2 1 starttls=required "ca=$tmp/ca.pem"
is "log-in wanted, none given: the relay's verdict" "$(with relay)" 2
served
is "TLS each time" "$(count connections)" "$(count tls)"
is "204 messages in all" "$logins" 204

serve wrong_host --cert "$tmp/autre.test.pem" --key "$tmp/autre.test.key" --user relais --password-file "$tmp/password"
# shellcheck disable=SC2086
tls 1 1 try=1 $auth
like "a certificate for another host" "$(cat "$tmp/out")" "^SMTP_CERTIFICATE "
served
is "… no credentials were sent" "$(count logins)" 0

serve stripped --user relais --password-file "$tmp/password"
# shellcheck disable=SC2086
tls 1 1 try=1 $auth
like "no STARTTLS where it is required" "$(cat "$tmp/out")" "^SMTP_NO_TLS "
# shellcheck disable=SC2086
tls 3 1 $auth
is "… no delivery is hurt" "$(with relay)" 3
tls 1 1 try=1 user=relais password=sesame starttls=off
is "credentials in clear to this machine are allowed" "$(cat "$tmp/out")" ok
served
is "… and only then were any sent" "$(count logins)" 1
serve no_auth
tls 1 1 try=1 user=relais password=sesame starttls=off
like "no AUTH there, though a user is given" "$(cat "$tmp/out")" "^SMTP_LOGIN "
served

plan_at_end
