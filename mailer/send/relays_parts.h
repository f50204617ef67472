/* What relays.c, relays_choice.c (who goes where), relays_verdict.c (what ended), relays_pause.c and relays_restart.c share. Only they include this. */
#ifndef MAILER_SEND_RELAYS_PARTS_H
#define MAILER_SEND_RELAYS_PARTS_H

#include "base/buf.h"
#include "mailer/send/relays.h"

/* Why a relay rests: it refuses us at the door; it refuses everybody, in the same words or in ever other ones, or its own fault fails them all; it puts everybody off, or loses the line. */
enum pause_why { PAUSE_SHUT_OUT, PAUSE_WORDS, PAUSE_MANY, PAUSE_FAULTS, PAUSE_PUT_OFF };

struct relay {
    struct relay_settings settings;
    struct sender *sender;
    struct pacer pace;
    struct breaker breaker; /* policy refusals in a row */
    struct breaker any;     /* likewise, whatever their words */
    struct breaker faults;  /* refusals in a row that are neither a policy's nor a recipient's (relay_fault.h) */
    struct breaker put_off; /* tries put off and lines lost in a row, nothing accepted between; their words are all one */
    unsigned runs_dirty;    /* those of them that are to be written, by pause_why */
    enum pause_why why;     /* of its last rest */
    int64_t accepted;       /* messages it took */
    int refusals;           /* that may be about us, and nobody was told of */
    char refused[SMTP_REPLY_TEXT + 40]; /* the last one's words */
    int slots;            /* deliveries it may have at once */
    int64_t turn;         /* smooth weighted round robin */
    int64_t quiet_since_us; /* steady; when something of it last ended, or it had nothing in hand */
    int64_t day, today;   /* messages armed on that day, and those that may yet be */
    bool day_known;       /* how many it had on this day before the process began */
    int64_t other_day, other_today; /* likewise, of the day before the last change */
    char trouble[RELAYS_TEXT]; /* why it rests */
    bool try_at_start;         /* it rests for what a person may mend before a new start: away, or a log-in refused */
    bool dirty;
};

/* One delivery a relay has. */
struct in_hand {
    int64_t delivery_id; /* 0 = free */
    struct domain_group *group;
    int relay;
    bool submitted, armed;
};

struct relays {
    struct relay all[RELAYS_MOST];
    size_t count;
    bool weighted;        /* shares differ: they are kept, and not only by who has room */
    struct domain_groups *groups;
    struct relays_instant now;
    struct in_hand *hand; /* open addressing, by delivery id */
    size_t hand_room;     /* a power of two */
    int hand_count;
    int64_t wake_us;      /* steady; what relays_wait_ms rests on */
    int64_t put_off_us;   /* steady; when the last of what was put off is due */
    unsigned lease;       /* which count of the claimed this is */
    struct held_refusals held;
    struct relays_settled *settled;
    size_t settled_count, settled_next, settled_room;
    struct relays_notice notices[16];
    size_t notice_count, notice_next;
    struct domain_group **dirty; /* groups to write */
    size_t dirty_count, dirty_room;
    struct domain_group **run_groups; /* whose runs are to be written */
    size_t run_group_count, run_group_room;
    bool must_save;
    int epoll; /* over the senders' descriptors; -1 with one relay */
};

struct in_hand *hand_find(const struct relays *relays, int64_t delivery_id); /* NULL = none */
void hand_add(struct relays *relays, int64_t delivery_id, struct relay *relay, struct domain_group *group);
void hand_remove(struct relays *relays, struct in_hand *entry); /* gives back its place, and its count of the day unless armed */
struct domain_group *relays_group(struct relays *relays, const char *domain);
bool relay_day_is_full(const struct relay *relay);
bool relay_up(const struct relays *relays, const struct relay *relay); /* neither rests nor has had its day's messages */
int64_t relay_back_ms(const struct relays *relays, const struct relay *relay); /* of one that is not up: when it is again */
/* Another relay could take over: it is up, has been heard since its rest, and does not put everybody off itself. */
bool another_is_well(const struct relays *relays, const struct relay *relay);
bool relay_well(const struct relays *relays, const struct relay *relay);
/* relays_restart.c: what is to be written. */
void relay_run_changed(struct relay *relay, enum pause_why why);
void group_run_changed(struct relays *relays, struct domain_group *group, size_t relay);
void relay_changed(struct relays *relays, struct relay *relay, bool now);
void group_changed(struct relays *relays, struct domain_group *group, bool now);

/* -- relays_pause.c -------------------------------------------------------------------------------------------------- */
/* Those held that `pick` picks are settled so; how many there were. */
int relays_settle_held(struct relays *relays, enum held_pick pick, const struct held_refusal *like, enum relays_settlement what, int64_t until_ms);
struct relays_notice *relays_tell_of(struct relays *relays, bool alert); /* the caller writes its text */
void relays_reply_text(const struct smtp_reply *reply, char *out, size_t size);
int64_t relays_rest_s(const struct relays *relays, int64_t until_ms);
struct breaker *breaker_of(struct relay *relay, enum pause_why why);
int breaker_limit(const struct relay *relay, enum pause_why why); /* so many in a row are too many */
/* It rests, then one message tries it; what it has not begun with is given back, and what is held for these words waits on. */
void relay_pause(struct relays *relays, struct relay *relay, const struct smtp_result *result, enum pause_why why);
/* That relay rests for that group, the others go on with it. */
void door_shut(struct relays *relays, struct domain_group *group, struct relay *relay, const struct smtp_result *result);
/* That group rests, over all relays; returns until when. */
int64_t group_pause(struct relays *relays, struct domain_group *group, struct relay *relay, const struct smtp_result *result);

#endif
