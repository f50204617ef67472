/* Which of a report's recipients is ours. A report with our token may speak of several: our address, and those it forwards to. */
#include <string.h>

#include "base/text.h"
#include "mailer/inbox/rules.h"

/* The same mailbox under a server's own name: mairie@ville.example and mairie@mail.ville.example. */
static bool under(const char *domain, const char *parent) {
    size_t length = strlen(domain), above = strlen(parent);
    return length > above + 1 && domain[length - above - 1] == '.' && text_equal_nocase(domain + length - above, parent);
}

static bool same_mailbox(const char *a, const char *b) {
    const char *at = strrchr(a, '@'), *other = strrchr(b, '@');
    if (!at || !other) return false;
    if (at - a != other - b || strncasecmp(a, b, (size_t)(at - a)) != 0) return false;
    return text_equal_nocase(at, other) || under(at + 1, other + 1) || under(other + 1, at + 1);
}

static bool arrived(const struct inbound_recipient *one) { return *one->status == '2'; }

/* None of ours failed: whom our mail went on to, the one that did first. */
static struct diagnosis of_forward(const struct inbound_facts *facts) {
    for (size_t i = 0; i < facts->recipient_count; i++)
        if (!arrived(&facts->recipients[i])) return (struct diagnosis){.recipient = &facts->recipients[i]};
    return (struct diagnosis){.own = true, .recipient = &facts->recipients[0]};
}

struct diagnosis diagnosis_of(const struct inbound_facts *facts, const char *address) {
    /* None is named: the token says whose it is. */
    if (!facts->recipient_count) return (struct diagnosis){.own = true, .dead = facts->suppress};
    for (size_t i = 0; i < facts->recipient_count; i++) {
        const struct inbound_recipient *one = &facts->recipients[i];
        if (same_mailbox(one->address, address) && !arrived(one))
            return (struct diagnosis){.own = true, .dead = one->dead, .recipient = one};
    }
    return of_forward(facts);
}
