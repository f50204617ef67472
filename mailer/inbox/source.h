/* A place where returned messages lie, whichever it is: Maildir, mbox file, IMAP mailbox. It is read in passes. A message leaves it when the
 * reader says it is done with it, never before; one that was not done with is met again in the next pass. The reader may read on before it says so. */
#ifndef MAILER_INBOX_SOURCE_H
#define MAILER_INBOX_SOURCE_H

#include "base/buf.h"
#include "base/err.h"

enum source_got {
    SOURCE_TROUBLE = -1, /* the source is of no use now: err says why; begin again with list, later */
    SOURCE_END,          /* the pass is over */
    SOURCE_MESSAGE,
    SOURCE_STAYS,        /* this one cannot be read and stays where it is (err says why); go on */
};
/* What to wait for before the next pass is worth it. */
struct source_wait {
    int fd;           /* readable when there is something new; -1 = nothing tells: look after the poll interval */
    int64_t wait_ms;  /* look anyway after so long; with an fd only */
};

struct source_driver {
    /* Begins a pass over what is there now. How many messages, about (for people), or -1. Opens what was closed. */
    int64_t (*list)(void *state, struct err *err);
    /* The next message of the pass, its first limit_bytes at most: *cut when there is more. out is empty before. *ticket (also of one that stays):
     * which it is, until the next list. */
    enum source_got (*read)(void *state, size_t limit_bytes, struct buf *out, bool *cut, int64_t *ticket, struct err *err);
    const char *(*name)(void *state, int64_t ticket); /* for the log; borrowed until the next call */
    /* The message may leave; only after its row is durable. May be put off until the end of the pass: whoever is killed in between meets the message
     * again. After trouble nothing leaves, and it is no error to ask for it. False: trouble. */
    bool (*done)(void *state, int64_t ticket, struct err *err);
    /* After the last message of a pass, and whatever is done: what was put off leaves. False: trouble. */
    bool (*end)(void *state, struct err *err);
    /* After a pass and its end. False: trouble. */
    bool (*wait)(void *state, struct source_wait *wait, struct err *err);
    /* Whether a pass could begin; changes nothing. text: what there is, for people. */
    bool (*look)(void *state, char *text, size_t size_bytes, struct err *err);
    void (*close)(void *state); /* what is done leaves first, where that is a matter of a moment */
};
/* Driver and state in one; the drivers' openers fill it and look at nothing outside yet. */
struct mail_source {
    const struct source_driver *driver;
    void *state;
};
static inline void mail_source_close(struct mail_source *source) {
    if (source->driver) source->driver->close(source->state);
    *source = (struct mail_source){.driver = NULL};
}

#endif
