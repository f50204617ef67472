/* What a refused or lost transaction means: the one file where that is decided. */
#ifndef MAILER_SEND_VERDICT_H
#define MAILER_SEND_VERDICT_H

#include "mailer/send/smtp_dialogue.h"

enum verdict {
    VERDICT_SENT,      /* 250 after the dot */
    VERDICT_RETRY,     /* 4yz, link lost before the dot: try again later */
    VERDICT_FAIL,      /* 5yz about this mail: fails, the address stays */
    VERDICT_DEAD,      /* 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 and their plain-text equals: suppress the address, try
                          the party's next contact in the same wave */
    VERDICT_SLOW,      /* 421, 4.7.x, too many connections: retry, and slow down for the relay */
    VERDICT_RELAY,     /* the relay refuses us (log-in, sender refused): pause and say so, no recipient is at fault */
    VERDICT_DOUBT,     /* lost between our dot and the answer */
};
extern const char *const VERDICT[];
enum verdict verdict_of(const struct smtp_result *result);

#endif
