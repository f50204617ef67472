/* A plan that changes (extend, wave, campaign update): what becomes of each wave is worked out and applied in one
 * transaction, shown as a difference, and what has been sent stays as it is, row by row. */
#ifndef MAILER_CMD_CHANGE_H
#define MAILER_CMD_CHANGE_H

#include "mailer/app.h"
#include "mailer/campaign.h"
#include "mailer/wave_store.h"

enum { CHANGE_TEXT = 1 << 20 };

struct change;
/* Changes change->campaign.schedule, and whatever else the command is about, inside the transaction; the campaign has just
 * been read there. ERR_INPUT when it may not be. */
typedef bool change_edit(struct change *change, struct err *err);

struct change {
    /* -- what the command wants */
    struct app *app;
    const char *name;          /* of the campaign */
    const char *origin;        /* "extend", "wave", "update": the ledger's */
    change_edit *edit;
    void *wanted;              /* the command's own record */
    bool dry_run, yes;
    bool approves;             /* a confirmed extension approves anew; every other change voids the approval */
    bool replan_all;           /* the deadline moves: every wave that may move is planned anew */
    /* -- set by edit, where it applies */
    bool keeps_schedule;       /* only templates change */
    struct js *templates;      /* [{"template","state":"changed"|"added"}], owned; NULL = none changes */
    const char *bytes;         /* the schedule's own text, borrowed; NULL = written from the record */
    size_t length;
    /* -- what came of it */
    struct campaign campaign;  /* as it is afterwards, its deadline apart (campaign.due_day: before) */
    struct schedule was;       /* the schedule before */
    struct waves before, after;
    int64_t cancelled;         /* deliveries that had been planned and go back, to be planned anew or not at all */
    bool approved_before, started;
};

/* Works the change out, shows it (the one JSON object, or text), asks on a terminal unless yes, applies it. Returns the exit code; the
 * record is released. */
int change_run(struct change *change);
void change_release(struct change *change);

/* What a deadline must be: to come, within two years; ERR_INPUT otherwise. */
bool change_judge_deadline(const struct change *change, int64_t due_day, struct err *err);
/* ERR_INPUT WAVE_SENT when the wave has begun: it changes no more. */
bool change_judge_wave(const struct change *change, const struct wave *wave, struct err *err);
struct schedule_wave *schedule_wave_named(const struct schedule *schedule, const char *name); /* NULL; case does not matter */
bool schedule_wave_same(const struct schedule_wave *a, const struct schedule_wave *b); /* nothing that matters to a mailing differs */

bool change_touches(const struct change *change, const char *template_name); /* its text changes */

/* -- the difference as people and machines read it (cmd_change_view.c) */
void change_text(const struct change *change, struct buf *out);
void change_json(struct change *change);

#endif
