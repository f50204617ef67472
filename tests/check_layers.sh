#!/bin/sh
# Prints every #include that goes against the arrows of docs/architecture.md; exits 1 when there is one.
# usage: check_layers.sh [FOLDER]    (the repository; default: the one this script is in)
#
#   base <- lists | schedules | templates <- mailer <- mailer/send <- mailer/inbox <- mailer/reports <- mailer/web
#        <- mailer/role_*, cmd_*, main.c;   nothing includes tests
set -eu
cd "${1:-$(dirname "$0")/..}"
# FILE:LINE:#include … of every source of ours; private build folders are not ours.
includes() {
    find base lists schedules templates mailer tests -name '*.[ch]' -exec \
        grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' /dev/null {} +
}

verdicts=$(includes | awk '
BEGIN {
    split("assert complex ctype dirent dlfcn elf endian err errno execinfo fcntl fenv float fnmatch getopt glob grp iconv " \
          "ifaddrs inttypes langinfo libgen limits locale malloc math mntent netdb poll pthread pwd regex sched search " \
          "semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn " \
          "string strings syscall sysexits syslog termios time uchar unistd utime wchar wctype", words, " ")
    for (i in words) standard[words[i] ".h"] = 1
    # Several headers, one library.
    library["unistr.h"] = library["uninorm.h"] = library["unicase.h"] = library["uniwidth.h"] = "unistring"
    library["unictype.h"] = library["unitypes.h"] = library["uniconv.h"] = library["unigbrk.h"] = "unistring"
    # Libraries whose place is fixed; any other may choose its one .c.
    home["libetpan"] = "^mailer/inbox/etpan[.]h$" # several files speak it, by this header
    home["unistring"] = "^base/text[.]c$"
    home["gnutls"] = "^base/[^/]*[.]c$"
    home["seccomp"] = "^base/sandbox[.]c$"
    name[0] = "base"; name[1] = "lists, schedules, templates"; name[2] = "mailer"; name[3] = "mailer/send"
    name[4] = "mailer/inbox"; name[5] = "mailer/reports"; name[6] = "mailer/web"; name[7] = "roles and commands"
    name[8] = "tests"
}
function layer(file) {
    if (file ~ /^tests\//) return 8
    if (file ~ /^mailer\/((role|cmd)[^\/]*[.][ch]|main[.]c)$/) return 7
    if (file ~ /^mailer\/web\//) return 6
    if (file ~ /^mailer\/reports\//) return 5
    if (file ~ /^mailer\/inbox\//) return 4
    if (file ~ /^mailer\/send\//) return 3
    if (file ~ /^mailer\//) return 2
    return file ~ /^base\// ? 0 : 1
}
function room(file) { sub(/\/[^\/]*$/, "", file); return file }
function speaks_sql(file) {
    return file ~ /^(base|tests)\// || layer(file) == 7 || file ~ /_store[.][ch]$/ ||
           file ~ /^mailer\/(campaign|enrolment|audience|compose|app)[.][ch]$/ || file ~ /^mailer\/send\/delivery[^\/]*[.][ch]$/
}
function against(why) { print file ":" line ": " header ": " why }
function judge_ours() {
    if ((getline first < header) < 0) against("no such file")
    close(header)
    if (layer(header) == 8 && layer(file) != 8) return against("nothing includes tests")
    if (layer(header) > layer(file)) return against(name[layer(file)] " may not know " name[layer(header)])
    if (layer(file) == 1 && layer(header) == 1 && room(file) != room(header)) return against("siblings never include each other")
    if (header == "base/db.h" && !speaks_sql(file)) against("only stores, roles and commands speak SQL")
}
function judge_foreign(   lib) {
    lib = header in library ? library[header] : header
    sub(/\/.*|[.]h$/, "", lib)
    if (layer(file) == 8) return # tests may judge with whatever they like
    if (file ~ /[.]h$/ && !(lib in home && home[lib] ~ /h[$]$/ && file ~ home[lib])) return against("no header of ours includes a foreign library")
    if (lib in home) {
        if (file !~ home[lib]) against(lib " has its place elsewhere")
    } else if (!(lib in owner)) owner[lib] = file
    else if (owner[lib] != file) against(lib " is already spoken by " owner[lib])
}
{
    match($0, /:[0-9]+:/)
    file = substr($0, 1, RSTART - 1)
    line = substr($0, RSTART + 1, RLENGTH - 2)
    quoted = $0 ~ /include[[:space:]]*"/
    header = $0
    sub(/^[^"<]*["<]/, "", header)
    sub(/[">].*$/, "", header)
    if (quoted) judge_ours()
    else if (!(header in standard) && header !~ /^(sys|linux|net|netinet|arpa|asm)\//) judge_foreign()
}')

# A header that reaches itself again: tsort names the files of each loop.
loops=$(includes | sed -nE 's/^([^:]*\.h):[0-9]+:[^"]*"([^"]*)".*/\1 \2/p' | tsort 2>&1 >/dev/null |
    sed -n 's/^tsort: \(.*\)$/\1/p' | sed 's/^-: .*/a cycle of headers:/') || true

[ -z "$verdicts" ] || printf '%s\n' "$verdicts"
[ -z "$loops" ] || printf '%s\n' "$loops"
[ -z "$verdicts$loops" ]
