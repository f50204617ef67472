/* Recipient domains that share one mail system are one group (orange.fr and wanadoo.fr); every other domain is a group of its
 * own. A group is what is slowed down, rests, and refuses. Pure.
 *
 * Which domain belongs to which is the configuration's table, [domains]; mail exchangers are not looked up: between us and
 * them stands the relay. */
#ifndef MAILER_SEND_DOMAIN_GROUPS_H
#define MAILER_SEND_DOMAIN_GROUPS_H

#include "base/err.h"
#include "mailer/send/breaker.h"
#include "mailer/send/pacing.h"

enum {
    RELAYS_MOST = 8,
    DOMAIN_GROUPS_MOST = 200,  /* that are configured */
    DOMAINS_MOST = 2000,       /* in them all */
    DOMAIN_GROUPS_OWN = 4096,  /* groups of one domain kept at once: those with nothing to remember are forgotten first */
};

/* A group that one relay is not to be asked for, while others may be: that relay's word about it, again and again the same. */
struct shut_door { int64_t until_ms; int rests; };

struct domain_group {
    char *name;       /* as in [domains], or the domain itself */
    uint64_t key;     /* tells groups apart: counted from 1 on */
    uint64_t name_hash; /* likewise, and in any process */
    bool configured;
    struct pacer pace;
    struct breaker_run runs[RELAYS_MOST]; /* of policy refusals, by relay */
    struct shut_door *doors; /* RELAYS_MOST, by relay; NULL = none was ever shut */
    int64_t booked_us;      /* steady: until then all that it may be sent is spoken for */
    int waiting;            /* claimed, and not gone yet, at the last count */
    unsigned counted;       /* which count that was */
    unsigned runs_dirty;    /* runs to be written, a bit a relay */
    bool dirty;             /* changed in a way that must outlive the process, and not written yet */
};

struct domain_groups;
struct domain_groups *domain_groups_open(void);
void domain_groups_close(struct domain_groups *groups); /* NULL is fine */
AUTO_CLOSE(domain_groups, domain_groups_close)
/* One line of the table: domains and limits separated by commas, "orange.fr, wanadoo.fr, connections 3, rate 60" (rate: a
 * minute; a limit not given is none). The name "others" takes limits only, for each domain that is in no group. An empty line
 * is no group. ERR_INPUT quotes what is not understood, or stands in two groups. */
bool domain_groups_add(struct domain_groups *groups, const char *name, const char *line, struct err *err);
/* The group of a domain (lower case, A-labels), made when it is new. Borrowed until the next call but for groups that have
 * something in hand or to remember. Never NULL: when DOMAIN_GROUPS_OWN domains have something to remember, what is new shares
 * the group "others". */
struct domain_group *domain_group_of(struct domain_groups *groups, const char *domain, int64_t clock_ms, int64_t steady_us);
/* By name: a configured one, or a domain's own; NULL when there is none and it is not a domain. */
struct domain_group *domain_group_named(struct domain_groups *groups, const char *name, int64_t clock_ms, int64_t steady_us);
/* Whether that relay's door to the group is shut at this instant of the campaign's clock. */
bool domain_group_shut(const struct domain_group *group, size_t relay, int64_t clock_ms);
/* Its door, made when there is none yet. */
struct shut_door *domain_group_door(struct domain_group *group, size_t relay);
/* All that exist at this moment, in no order; NULL after the last. */
struct domain_group *domain_group_at(struct domain_groups *groups, size_t index);

#endif
