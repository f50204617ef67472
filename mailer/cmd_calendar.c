/* relais calendar C [--output FILE]: the plan for any calendar program, an all-day event for each wave and the deadline. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/plan_view.h"
#include "mailer/reports/output.h"
#include "schedules/calendar.h"
#include "schedules/zones.h"

enum { CALENDAR_BYTES = 1 << 20, DESCRIPTION_BYTES = 1 << 14, KEY_BYTES = 100 };

/* Departments where it is another day or hour. */
static bool add_other_departments(struct app *app, const struct wave *wave, struct buf *out, struct err *err) {
    AUTO(db_rows) rows = db_query(app->db, err, "SELECT department, at_ms FROM wave_group WHERE wave_id = $1 AND at_ms <> $2 ORDER BY at_ms, department",
                                  DB_I(wave->id), DB_I(wave->at_ms));
    int64_t said_ms = -1;
    int got;
    while ((got = db_next(rows, err)) > 0) {
        char at[FRENCH_MOMENT];
        if (db_int(rows, 1) != said_ms) {
            french_weekday_moment(zone_of_department(db_text(rows, 0)), db_int(rows, 1), at);
            buf_add_format(out, "\n%s, heure locale : %s", at, db_text(rows, 0));
        } else buf_add_format(out, ", %s", db_text(rows, 0));
        said_ms = db_int(rows, 1);
    }
    return got == 0;
}

static bool add_wave(struct app *app, const struct campaign *campaign, const struct calendar_source *source, const struct wave *wave,
                     struct buf *out, struct err *err) {
    char at[FRENCH_MOMENT], key[KEY_BYTES];
    AUTO_BUF summary = BUF_INIT(DESCRIPTION_BYTES);
    AUTO_BUF description = BUF_INIT(DESCRIPTION_BYTES);
    if (wave->at_ms < 0) return true;
    french_weekday_moment(PARIS, wave->at_ms, at);
    snprintf(key, sizeof key, "vague-%s", wave->name);
    buf_add_format(&summary, "%s : %s", campaign->title, *wave->title ? wave->title : wave->name);
    buf_add_format(&description, "Vague : %s (%s)\nDépart : %s\nPublic : %s\nModèle : %s", wave->name, wave_state_text(wave->state), at,
                   audience_text(wave->audience), wave->template);
    if (wave->reason[0]) buf_add_format(&description, "\nMotif : %s", skip_reason_text(wave->reason));
    if (!add_other_departments(app, wave, &description, err)) return false;
    calendar_add(source, &(struct calendar_event){.key = key, .summary = buf_text(&summary), .description = buf_text(&description), .url = "",
                                                  .day = local_day(PARIS, wave->at_ms), .cancelled = wave->state == WAVE_SKIPPED}, out);
    return true;
}

static bool write_calendar(struct app *app, const struct campaign *campaign, const struct sender_identity *sender, struct buf *out, struct err *err) {
    struct waves waves;
    const struct calendar_source source = {.uid = campaign->schedule.uid, .title = campaign->title,
                                           .sequence = campaign->schedule.sequence, .dtstamp_ms = app_now_ms(app),
                                           .organizer_name = sender->from_name, .organizer_address = sender->from_address};
    bool good = waves_load(app->db, campaign->id, &waves, err);
    calendar_begin(&source, out);
    for (size_t i = 0; i < waves.count && good; i++) good = add_wave(app, campaign, &source, &waves.all[i], out, err);
    calendar_add_deadline(&source, campaign->due_day, sender->public_link, out);
    calendar_end(out);
    waves_release(&waves);
    return good;
}

int cmd_calendar(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct campaign campaign = {0};
    struct sender_identity sender;
    struct err unset = {0}; /* the plan may be looked at before anybody has said who sends */
    const char *name, *output = NULL;
    AUTO_BUF text = BUF_INIT(CALENDAR_BYTES);
    const struct app_option options[] = {{"--output", &output, NULL}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &name, 1, 1, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, name, &campaign, &err);
    if (good && !sender_identity_read(app->settings, &sender, &unset)) sender = (struct sender_identity){0};
    good = good && write_calendar(app, &campaign, &sender, &text, &err) && output_write(&text, output, &err);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
