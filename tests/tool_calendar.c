/* tool_calendar UID TITLE SEQUENCE DTSTAMP_MS NAME ADDRESS DAY URL [SUMMARY DESCRIPTION]: the deadline as a message carries
 * it; with the last two, a calendar of one other event. For calendar.t, whose judges are other people's libraries. */
#include <stdio.h>
#include <stdlib.h>

#include "schedules/calendar.h"

int main(int argc, char **argv) {
    if (argc < 9) return 2;
    const struct calendar_source source = {.uid = argv[1], .title = argv[2], .sequence = atoi(argv[3]), .dtstamp_ms = atoll(argv[4]),
                                           .organizer_name = argv[5], .organizer_address = argv[6]};
    int64_t day = atoll(argv[7]);
    AUTO_BUF out = BUF_INIT(1 << 20);
    if (argc < 11) calendar_deadline(&source, day, argv[8], &out);
    else {
        calendar_begin(&source, &out);
        calendar_add(&source, &(struct calendar_event){.key = "vague-essai", .summary = argv[9], .description = argv[10], .url = argv[8], .day = day}, &out);
        calendar_end(&out);
    }
    fwrite(buf_text(&out), 1, out.length, stdout);
    return 0;
}
