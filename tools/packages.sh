#!/bin/sh
# Debian packages: what is missing, and installing it.
# usage: packages.sh check|install build [test]
set -eu
BUILD_PACKAGES="pkg-config libcurl4-gnutls-dev libetpan-dev libical-dev libsqlite3-dev libcmark-dev
libexpat1-dev libgnutls28-dev libidn2-dev libunistring-dev libinih-dev libjansson-dev libseccomp-dev libxlsxwriter-dev libzip-dev"
TEST_PACKAGES="perl python3 sqlite3 strace faketime valgrind curl openssl python3-icalendar python3-vobject python3-dkim python3-nacl dovecot-imapd"

missing() {
    for package; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || echo "$package"
    done
}

action=$1
shift
wanted=
for set_name; do
    case $set_name in
    build) wanted="$wanted $BUILD_PACKAGES" ;;
    test) wanted="$wanted $TEST_PACKAGES" ;;
    esac
done
if ! command -v dpkg-query >/dev/null; then
    echo "Debian (dpkg) absent : les bibliothèques ne peuvent être vérifiées ; il faut : $wanted" >&2
    exit 0
fi
# shellcheck disable=SC2086
lacking=$(missing $wanted | tr '\n' ' ')
# A mail server of the user's own is never replaced: Debian's postfix comes only where no other one is.
case " $* " in *" test "*)
    if [ ! -x /usr/lib/postfix/sbin/master ]; then
        if [ -e /usr/sbin/sendmail ]; then
            echo "Un autre serveur de courrier est installé : il reste en place, les essais se font avec le serveur joué du projet."
        else
            lacking="${lacking}postfix "
        fi
    fi ;;
esac
[ -n "$lacking" ] || exit 0
if [ "$action" = check ]; then
    echo "Il manque : $lacking" >&2
    echo "Installez-les par « make deps », ou : apt-get install $lacking" >&2
    exit 2
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Il manque : $lacking ; faites-les installer par l'administrateur." >&2; exit 2; }
    as_root=sudo
fi
echo "Installation des paquets Debian : $lacking"
# No service of the system is started by what is installed here.
guard=$(mktemp)
printf '#!/bin/sh\nexit 101\n' >"$guard"
chmod +x "$guard"
added=
if [ ! -e /usr/sbin/policy-rc.d ]; then
    $as_root install -m 755 "$guard" /usr/sbin/policy-rc.d
    added=yes
fi
rm -f "$guard"
cleanup() { [ -z "$added" ] || $as_root rm -f /usr/sbin/policy-rc.d; }
trap cleanup EXIT
case " $lacking " in *" postfix "*)
    echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections ;;
esac
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $lacking >/dev/null
echo "Paquets installés."
