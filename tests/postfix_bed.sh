#!/bin/sh
# A private, real Postfix in a folder of its own, as smarthost for the demo and the stories.
# usage: postfix_bed.sh start DIR [--quiet] [--impatient] | stop DIR
#
# start writes DIR/port (smarthost on 127.0.0.1), DIR/returns/ (Maildir of *@amf.example: VERP returns and replies)
# and DIR/accepted.jsonl (what reached a far mailbox). Its own configuration, queue, data and log lie in DIR; nothing
# of the system's is read or written, and no mail leaves the machine: the only way out is far_world.py on loopback.
# --quiet: nobody beyond the smarthost answers. --impatient: Postfix says after a second that a message is delayed, and gives
# it up after a few (mails to attente.test). Exit 77: this machine cannot run it (standard error says why).
set -eu
MASTER=/usr/lib/postfix/sbin/master
DOMAIN=amf.example
here=$(cd "$(dirname "$0")" && pwd)

cannot() {
    echo "Postfix privé impossible : $1" >&2
    exit 77
}

# Postfix works as its own user: every folder above must let it through.
check_way() {
    way=$1
    while [ "$way" != / ]; do
        case $(stat -c %A "$way") in
        *x | *t) ;;
        *) cannot "« $way » n'est pas traversable par tous ; choisissez un dossier sous /tmp (chmod 711)." ;;
        esac
        way=$(dirname "$way")
    done
}

make_folders() {
    mkdir -p etc data queue returns/new returns/cur returns/tmp log
    for folder in active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace; do
        mkdir -p "queue/$folder"
    done
    (cd queue && chown postfix active bounce corrupt defer deferred flush hold incoming private saved trace maildrop public &&
        chmod 700 active bounce corrupt defer deferred flush hold incoming private saved trace &&
        chgrp postdrop maildrop public && chmod 730 maildrop && chmod 2710 public)
    chown postfix data
    chown -R nobody returns
    chmod 700 data returns
}

# What the smarthost itself refuses, by recipient domain. (Postfix 3.7 writes 5.1.0 where 5.1.10 is asked for: then
# the code 556 of RFC 7504 is all there is to go by.)
write_refusals() {
    cat >etc/recipients <<'END'
boite-inconnue.test     550 5.1.1 User unknown in virtual mailbox table
domaine-absent.invalid  550 5.1.2 Domain not found
sans-mx.test            556 5.1.10 Domain does not accept mail (nullMX)
boite-pleine.test       452 4.2.2 Mailbox full
silence.test            450 4.4.2 Remote server does not answer
liste-grise.test        ask_far_world
debit.test              ask_far_world
END
    echo '/^To:.*@refus-politique\.test/  REJECT 5.7.1 Message content rejected by policy' >etc/contents
}

write_main() {
    cat >etc/main.cf <<END
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
daemon_directory = $(dirname "$MASTER")
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/log/postfix.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = smarthost.$DOMAIN
mydomain = $DOMAIN
myorigin = \$myhostname
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_transport = error:5.1.1 no local mailboxes
local_recipient_maps =
local_header_rewrite_clients =
default_transport = smtp:[127.0.0.1]:$far_port
transport_maps =
relayhost =
recipient_delimiter = +
virtual_mailbox_domains = $DOMAIN
virtual_mailbox_base = $dir
virtual_mailbox_maps = static:returns/
virtual_minimum_uid = 100
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
virtual_mailbox_limit = 0
smtpd_banner = \$myhostname ESMTP
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access texthash:$dir/etc/recipients, permit
header_checks = regexp:$dir/etc/contents
nested_header_checks =
smtpd_restriction_classes = ask_far_world
ask_far_world = check_policy_service inet:127.0.0.1:$policy_port
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 100000
smtpd_hard_error_limit = 100000
smtpd_junk_command_limit = 100000
smtpd_client_connection_count_limit = 0
smtpd_timeout = 600s
in_flow_delay = 0
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
delay_warning_time = $delay_warning
maximal_queue_lifetime = $lifetime
bounce_queue_lifetime = $lifetime
notify_classes =
END
}

write_master() {
    cat >etc/master.cf <<END
127.0.0.1:$port inet n - n - 300 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END
}

await_file() {
    for _ in $(seq 100); do
        [ ! -s "$1" ] || return 0
        alive "$world" || break
        sleep 0.05
    done
    echo "far_world.py n'a pas démarré (voir $dir/log/world.log)." >&2
    exit 1
}

start() {
    [ "$(id -u)" = 0 ] || cannot "il faut être root (master change d'utilisateur)."
    [ -x "$MASTER" ] || cannot "Debian postfix n'est pas installé (make deps-test)."
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd -P)
    chmod 711 "$dir"
    check_way "$dir"
    [ ! -e "$dir/port" ] || { echo "Un Postfix privé est déjà dans $dir ; arrêtez-le d'abord." >&2; exit 2; }
    cd "$dir"
    make_folders
    # setsid: a Ctrl-C meant for the demo must not end the world before what still talks to it.
    setsid python3 "$here/far_world.py" "$dir" $quiet >>log/world.log 2>&1 </dev/null &
    world=$!
    echo "$world" >world.pid
    await_file far_port
    await_file policy_port
    far_port=$(cat far_port)
    policy_port=$(cat policy_port)
    for _ in 1 2 3; do # another process may take the port between choosing and listening
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        write_refusals
        write_main
        write_master
        if setsid "$MASTER" -c "$dir/etc" -w >>log/master.log 2>&1 </dev/null; then
            echo "$port" >port
            return
        fi
    done
    echo "Postfix n'a pas démarré (voir $dir/log) :" >&2
    tail -n 5 log/* >&2
    stop
    exit 1
}

# A zombie has ended, whenever its parent gets round to noticing.
alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; }

end_process() {
    [ -s "$1" ] || return 0
    read -r number <"$1" # master.pid is padded: read trims it
    kill -TERM "$number" 2>/dev/null || return 0
    for _ in $(seq 100); do
        alive "$number" || return 0
        sleep 0.05
    done
    kill -KILL "$number" 2>/dev/null || true
}

# DIR itself stays, for whoever wants to read what came back.
stop() {
    cd "$dir" 2>/dev/null || return 0
    end_process queue/pid/master.pid
    end_process world.pid
    rm -f port far_port policy_port world.pid queue/pid/master.pid
}

[ $# -ge 2 ] || { echo "usage : postfix_bed.sh start DIR [--quiet] | stop DIR" >&2; exit 2; }
command=$1
dir=$2
shift 2
quiet=
delay_warning=0
lifetime=5d
for option in "$@"; do
    case $option in
    --quiet) quiet=--quiet ;;
    --impatient) delay_warning=1s lifetime=6s ;;
    *) echo "postfix_bed.sh : « $option » ?" >&2; exit 2 ;;
    esac
done
case $command in
start) start ;;
stop) stop ;;
*) echo "postfix_bed.sh : « $command » ? start ou stop." >&2; exit 2 ;;
esac
