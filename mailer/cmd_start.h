/* What relais start shows before it asks: publics by department, samples, the difference to the last wave. Only cmd_start*.c
 * include this. */
#ifndef MAILER_CMD_START_H
#define MAILER_CMD_START_H

#include "mailer/cmd_plan_view.h"
#include "mailer/message_review.h"
#include "mailer/send/quiet_store.h"
#include "mailer/start_store.h"

struct start {
    struct app *app;
    struct campaign campaign;
    struct sender_identity identity;
    struct waves waves;
    struct plan_forecast plan; /* what to look at before */
    struct recipients recipients;
    struct quiet_mailboxes quiet; /* now */
    struct review review;
    struct difference difference;
    char reviewed[65]; /* schedule, templates and sender as they were read: what is shown is what is approved */
    int64_t total; /* deliveries of all waves to come, as things stand */
};

/* For people, on standard output; ERR when a sample cannot be rendered. */
bool start_show(struct start *start, struct err *err);
/* The same into the answer's object. */
bool start_add_json(struct start *start, struct js *answer, struct err *err);

#endif
