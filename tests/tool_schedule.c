/* A schedule file on standard input, written anew on standard output, for an independent judge
 * (tests/schedule.t). */
#include <stdio.h>

#include "schedules/schedule.h"

int main(void) {
    AUTO_BUF in = BUF_INIT(1 << 21), out = BUF_INIT(1 << 21);
    struct schedule schedule;
    struct err err = {0};
    if (!buf_add_file(&in, stdin)) return 2;
    if (!schedule_parse(&schedule, buf_text(&in), in.length, &err)) {
        char text[1200];
        fprintf(stderr, "%s\n", err_line(&err, text, sizeof text));
        return 2;
    }
    schedule_write(&schedule, 1764576000000, &out);
    schedule_release(&schedule);
    return fwrite(buf_text(&out), 1, out.length, stdout) == out.length ? 0 : 2;
}
