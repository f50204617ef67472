#!/bin/sh
# The Postfix bed itself: what it takes, refuses, returns and answers; and that it leaves nothing running.
. tests/lib.sh

tests/postfix_bed.sh start "$tmp/mail" 2>"$tmp/why"
status=$?
[ $status -ne 77 ] || skip_all "$(cat "$tmp/why")"
bed "$tmp/mail"
is "Postfix starts in a private folder" $status 0
port=$(cat "$tmp/mail/port")
world=$(cat "$tmp/mail/world.pid")
read -r master <"$tmp/mail/queue/pid/master.pid"
started "$world"

cat >"$tmp/send.py" <<'END'
import smtplib, sys
line = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=20)
for number, to in enumerate(sys.argv[2:]):
    text = (f"From: ASCO <relais@amf.example>\r\nTo: {to}\r\nSubject: Essai {number}\r\n"
            f"Message-ID: <essai.{number}.{to.replace('@', '.')}>\r\nDate: Mon, 08 Dec 2025 09:00:00 +0100\r\n\r\nBonjour\r\n")
    try:
        line.sendmail(f"retour+jeton{number}@amf.example", [to], text)
        print(to, 250)
    except smtplib.SMTPRecipientsRefused as refused:
        print(to, *refused.recipients[to])
    except smtplib.SMTPResponseException as refused:
        print(to, refused.smtp_code, refused.smtp_error)
    if line.sock is None:
        line = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=20)
END
verdict() { python3 "$tmp/send.py" "$port" "$1"; }
like "an ordinary mailbox is accepted" "$(verdict mairie@argol.test)" ' 250$'
like "unknown mailbox" "$(verdict mairie@boite-inconnue.test)" " 550 b'5\.1\.1 "
like "unknown domain" "$(verdict mairie@domaine-absent.invalid)" " 550 b'5\.1\.2 "
like "domain without mail" "$(verdict mairie@sans-mx.test)" " 556 b'5\.1\.1?0 "
like "full mailbox" "$(verdict mairie@boite-pleine.test)" " 452 b'4\.2\.2 "
like "refused for its content" "$(verdict mairie@refus-politique.test)" " 550 b'5\.7\.1 "
like "greylisted the first time" "$(verdict mairie@liste-grise.test)" " 451 b'4\.7\.1 "
like "taken the second time" "$(verdict mairie@liste-grise.test)" ' 250$'
# shellcheck disable=SC2046
like "throttled after 20" "$(python3 "$tmp/send.py" "$port" $(seq -f 'm%g@debit.test' 22) | tr '\n' ';')" \
    'm20@debit.test 250;m21@debit.test 421 .*;m22@debit.test 250;'

returned() { [ "$(find "$tmp/mail/returns/new" -type f -exec grep -lE "$1" {} + | wc -l)" -ge 1 ]; }
verdict mairie@rejet-tardif.test >/dev/null
ok "a delivery failure comes back (RFC 3464)" wait_for 10 returned '^Status: 5\.1\.1'
ok "to the return path with its token" returned '^Delivered-To: retour\+jeton0@amf\.example'
verdict mairie@rejet-tardif-brut.test >/dev/null
ok "a free-text failure comes back" wait_for 10 returned '^ +mairie@rejet-tardif-brut\.test'
verdict mairie@absence.test >/dev/null
ok "an out-of-office reply comes back" wait_for 10 returned '^Auto-Submitted: auto-replied'
verdict mairie@plainte.test >/dev/null
ok "a complaint comes back" wait_for 10 returned '^Feedback-Type: abuse'
recorded() { [ "$(grep -c "$1" "$tmp/mail/accepted.jsonl")" = "$2" ]; }
ok "what was accepted is on record once" wait_for 10 recorded '"rcpt": "mairie@argol.test"' 1
ok "what was refused is not" recorded boite-inconnue 0

ok "stop" tests/postfix_bed.sh stop "$tmp/mail"
ok "no Postfix is left" not alive "$master"
ok "no far world is left" not alive "$world"
is "no port is announced" "$(ls "$tmp/mail" | grep -c port)" 0
plan_at_end
