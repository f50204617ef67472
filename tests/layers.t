#!/bin/sh
# The house's arrows hold (tests/check_layers.sh), and the check does see a violation of each rule.
. tests/lib.sh

is "no include goes against an arrow" "$(tests/check_layers.sh)" ""

# A small house of its own, in order, to plant violations in.
house=$tmp/house
mkdir -p "$house"
for folder in base lists schedules templates mailer/send mailer/inbox mailer/reports tests; do mkdir -p "$house/$folder"; done
put() { printf '%s\n' "$2" >"$house/$1"; }
put base/db.h '#include <stdbool.h>'
put mailer/reports/report.h ''
put base/text.c '#include <unistr.h>'
put base/json.c '#include <jansson.h>'
put lists/list_store.c '#include "base/db.h"'
put lists/list.h ''
put templates/markdown.c '#include <cmark.h>'
put mailer/campaign.h '#include "lists/list.h"'
put mailer/send/sender.h '#include "mailer/campaign.h"'
put mailer/inbox/etpan.h '#include <libetpan/libetpan.h>'
put mailer/inbox/parse.c '#include "mailer/inbox/etpan.h"'
put mailer/inbox/guard.c '#include "mailer/inbox/etpan.h"'
put mailer/reports/report_store.c '#include "base/db.h"'
put mailer/main.c '#include "mailer/send/sender.h"'
put tests/tap.h ''
put tests/test_list.c '#include "lists/list.h"'
ok "a house in order passes" tests/check_layers.sh "$house"

# planted LABEL FILE TEXT EXPECTED: the check must name it, and pass again without it.
planted() {
    kept=
    [ ! -e "$house/$2" ] || kept=$(cat "$house/$2")
    put "$2" "$3"
    found=$(tests/check_layers.sh "$house")
    is "$1: refused" $? 1
    like "$1: named" "$found" "^$2:1: $4"
    if [ -n "$kept" ]; then put "$2" "$kept"; else rm "$house/$2"; fi
}
planted "base knows nobody" base/peek.c '#include "lists/list.h"' 'lists/list.h: base may not know'
planted "siblings" lists/peek.c '#include "templates/mail.h"' 'templates/mail.h: no such file'
put templates/mail.h ''
planted "siblings apart" lists/peek.c '#include "templates/mail.h"' 'templates/mail.h: siblings never'
planted "campaign below send" mailer/campaign.c '#include "mailer/send/sender.h"' 'mailer/send/sender.h: mailer may not know'
put mailer/roles.h ''
planted "rooms below roles" mailer/send/peek.c '  #  include "mailer/roles.h"' 'mailer/roles.h: mailer/send may not know roles'
put mailer/cmd_table.h ''
planted "rooms below commands" mailer/reports/peek.c '#include "mailer/cmd_table.h"' 'mailer/cmd_table.h: mailer/reports may not'
planted "inbox below reports" mailer/inbox/peek.c '#include "mailer/reports/report.h"' 'mailer/reports/report.h: mailer/inbox may not'
planted "tests" mailer/send/peek.c '#include "tests/tap.h"' 'tests/tap.h: nothing includes tests'
planted "SQL outside stores" mailer/reports/peek.c '#include "base/db.h"' 'base/db.h: only stores'
planted "library in a header" base/json.h '#include <jansson.h>' 'jansson.h: no header of ours'
planted "second owner" templates/other.c '#include <jansson.h>' 'jansson.h: jansson is already spoken'
planted "libetpan past its header" mailer/inbox/peek.c '#include <libetpan/mailimf.h>' 'libetpan/mailimf.h: libetpan has its place'
planted "libetpan outside inbox" mailer/send/peek.c '#include <libetpan/mailimf.h>' 'libetpan/mailimf.h: libetpan has its place'
planted "unknown library counts too" lists/peek.h '#include <zip.h>' 'zip.h: no header of ours'
put lists/a.h '#include "lists/b.h"'
put lists/b.h '#include "lists/a.h"'
like "a cycle of headers is named" "$(tests/check_layers.sh "$house")" '^lists/[ab]\.h$'
plan_at_end
