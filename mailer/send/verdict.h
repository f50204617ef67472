/* What a refused or lost transaction means: the one place where that is decided. docs/verdicts.md says it in prose,
 * tests/corpus/replies.tsv on real replies. */
#ifndef MAILER_SEND_VERDICT_H
#define MAILER_SEND_VERDICT_H

#include "mailer/send/smtp_dialogue.h"

enum verdict {
    VERDICT_SENT,        /* 250 after the dot */
    VERDICT_RETRY,       /* 4yz, link lost before the dot: try again later */
    VERDICT_FAIL,        /* 5yz about this mail: fails, the address stays */
    VERDICT_DEAD,        /* 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 and their plain-text equals: suppress the address, try
                            the party's next contact in the same wave */
    VERDICT_SLOW,        /* the relay wants fewer connections or messages of us: retry, and slow down for the relay */
    VERDICT_SLOW_DOMAIN, /* the recipient's domain wants less: retry, and slow down for that domain's group */
    VERDICT_RELAY,       /* the relay refuses us (log-in, sender, relaying): pause it and say so, no recipient is at fault */
    VERDICT_DOUBT,       /* lost between our dot and the answer */
};
extern const char *const VERDICT[];
/* Looks at nothing but result; 4yz, 5.7.x and whatever comes before RCPT never make an address DEAD. */
enum verdict verdict_of(const struct smtp_result *result);

/* A 5yz to MAIL, RCPT, DATA or the message that is policy against us (5.7.x, block lists, reputation, SPF, DKIM, DMARC,
 * content): where the same is said again and again, pausing the relay burns fewer recipients than going on. False for
 * refusals that are the recipient's own whatever their code: unknown, full, closed to outsiders. FAIL or RELAY only. */
bool verdict_is_policy(const struct smtp_result *result);

/* What is the same in two refusals for the same reason: reply code, enhanced code and the words, without addresses, host
 * literals, URLs' paths, numbers, times and ids. For comparing only; the words in N() (base/text.h), cut when longer. */
enum { VERDICT_SIGNATURE = 240 };
void verdict_signature(const struct smtp_result *result, char signature[VERDICT_SIGNATURE]);

#endif
