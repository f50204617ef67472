/* Signs any message, for a judge of canonical forms (tests/dkim.t). usage: tool_dkim DOMAIN SELECTOR KEY < MESSAGE; the
 * signed message goes to standard output. */
#include <stdio.h>
#include <string.h>

#include "templates/dkim.h"

int main(int argc, char **argv) {
    struct err err = {0};
    AUTO_BUF in = BUF_INIT(1 << 20), out = BUF_INIT(2 << 20);
    struct signing_key *key = argc == 4 ? signing_key_load(argv[3], &err) : NULL;
    if (!key || !buf_add_file(&in, stdin)) return fprintf(stderr, "%s\n", err.text), 2;
    AUTO(dkim) dkim = dkim_open(argv[1]);
    dkim_add_key(dkim, argv[2], key);
    if (!dkim_sign(dkim, buf_text(&in), in.length, 1769761800000, &out, &err)) return fprintf(stderr, "%s\n", err.text), 1;
    fwrite(buf_text(&out), 1, out.length, stdout);
    fwrite(buf_text(&in), 1, in.length, stdout);
    return 0;
}
