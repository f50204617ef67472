/* relais campaign update C [--schedule FILE] [--templates DIR] [--dry-run] [--yes]: a calendar or templates that were changed in a
 * text editor are taken in; without a name, from where they were last read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "mailer/cmd_campaign.h"
#include "mailer/cmd_change.h"

struct update {
    const char *schedule, *templates; /* as given, or where they were; NULL = none known */
    struct schedule parsed;
    bool has_schedule;
    struct buf bytes;
    struct files files;
};

/* -- the calendar ----------------------------------------------------------------------------------------------------- */
/* Everything but the waves: days, hours and windows of all waves hang on it. */
static bool same_frame(const struct schedule *a, const struct schedule *b) {
    struct schedule first = *a, second = *b;
    first.wave_count = second.wave_count = 0;
    return schedule_same(&first, &second);
}

/* What has been sent stays in the file as it was: a calendar without it would say something that is not so. */
static bool sent_waves_stay(const struct change *change, const struct update *wanted, struct err *err) {
    for (size_t i = 0; i < change->was.wave_count; i++) {
        const struct schedule_wave *was = &change->was.waves[i], *is = schedule_wave_named(&wanted->parsed, was->name);
        if (is && schedule_wave_same(was, is)) continue;
        if (change_judge_wave(change, waves_find(&change->before, was->name), err)) continue;
        return is ? err_at(err, wanted->schedule, is->line) : false;
    }
    return true;
}

static bool templates_exist(const struct change *change, const struct update *wanted, struct err *err) {
    for (size_t i = 0; i < wanted->parsed.wave_count; i++) {
        AUTO_BUF bytes = BUF_INIT(FILE_BYTES);
        const struct schedule_wave *wave = &wanted->parsed.waves[i];
        if (!campaign_template(change->app->db, change->campaign.id, wave->template, &bytes, err)) return err_at(err, wanted->schedule, wave->line);
    }
    return true;
}

static bool judge_schedule(const struct change *change, const struct update *wanted, struct err *err) {
    const struct schedule *was = &change->was, *is = &wanted->parsed;
    if (strcmp(was->uid, is->uid)) {
        err_set(err, ERR_INPUT, "OTHER_CALENDAR", "ce calendrier est celui d'une autre campagne (UID:%s, et non UID:%s) ; nommez le bon par --schedule",
                is->uid, was->uid);
        return err_at(err, wanted->schedule, 0);
    }
    return (is->due_day == was->due_day || change_judge_deadline(change, is->due_day, err)) && sent_waves_stay(change, wanted, err) &&
           templates_exist(change, wanted, err);
}

/* The file's own text is kept where it has raised its SEQUENCE itself; else it is written anew with one that is higher. */
static void take_schedule(struct change *change, struct update *wanted) {
    struct schedule *schedule = &change->campaign.schedule;
    int next = schedule->sequence; /* raised already */
    bool own_title = strcmp(change->campaign.title, change->was.title) != 0;
    schedule_release(schedule);
    *schedule = wanted->parsed;
    wanted->has_schedule = false;
    wanted->parsed = (struct schedule){0};
    change->replan_all = !same_frame(&change->was, schedule);
    if (!own_title && schedule->title[0]) snprintf(change->campaign.title, sizeof change->campaign.title, "%s", schedule->title);
    if (schedule->sequence >= next) {
        change->bytes = buf_text(&wanted->bytes);
        change->length = wanted->bytes.length;
    } else schedule->sequence = next;
}

/* -- the templates ---------------------------------------------------------------------------------------------------- */
static bool take_template(struct change *change, const struct campaign_file *file, struct err *err) {
    char sha256[SHA256_HEX];
    int64_t same;
    sha256_hex(file->bytes, file->length, sha256);
    int found = db_get_int(change->app->db, err, &same,
                           "SELECT CASE WHEN sha256 = $3 THEN 1 ELSE 0 END FROM campaign_template WHERE campaign_id = $1 AND name = $2",
                           DB_I(change->campaign.id), DB_T(file->name), DB_T(sha256));
    if (found < 0) return false;
    if (found && same) return true;
    struct js *one = js_object();
    js_set_text(one, "template", file->name);
    js_set_text(one, "state", found ? "changed" : "added");
    if (!change->templates) change->templates = js_array();
    js_add(change->templates, one);
    return campaign_set_template(change->app->db, change->campaign.id, file, err);
}

static bool take_templates(struct change *change, const struct update *wanted, struct err *err) {
    for (size_t i = 0; i < wanted->files.count; i++)
        if (!take_template(change, &wanted->files.all[i], err)) return false;
    return true;
}

/* -- both ----------------------------------------------------------------------------------------------------------------- */
/* Read anew for each attempt: what is shown and what is applied are then compared. */
static bool read_files(struct update *wanted, struct err *err) {
    buf_clear(&wanted->bytes);
    files_release(&wanted->files);
    wanted->files.count = 0;
    if (wanted->has_schedule) schedule_release(&wanted->parsed);
    wanted->has_schedule = wanted->schedule && schedule_file_read(wanted->schedule, &wanted->bytes, &wanted->parsed, err);
    return (!wanted->schedule || wanted->has_schedule) && (!wanted->templates || files_read(&wanted->files, wanted->templates, err));
}

static bool edit(struct change *change, struct err *err) {
    struct update *wanted = change->wanted;
    AUTO_BUF file = BUF_INIT(PLACE_BYTES);
    AUTO_BUF folder = BUF_INIT(PLACE_BYTES);
    change->replan_all = false;
    if (!read_files(wanted, err) || !take_templates(change, wanted, err)) return false;
    change->keeps_schedule = !wanted->has_schedule || schedule_same(&change->was, &wanted->parsed);
    if (change->keeps_schedule && !change->templates)
        return err_set(err, ERR_INPUT, "NOTHING_CHANGED", "le calendrier et les modèles sont déjà ceux de la base : rien n'est à prendre");
    if (!change->keeps_schedule) {
        if (!judge_schedule(change, wanted, err)) return false;
        take_schedule(change, wanted);
    }
    if (wanted->schedule) file_place(wanted->schedule, &file);
    if (wanted->templates) file_place(wanted->templates, &folder);
    return campaign_set_files(change->app->db, &change->campaign, wanted->schedule ? buf_text(&file) : NULL,
                              wanted->templates ? buf_text(&folder) : NULL, err);
}

/* Where they were last read, for what is not named. */
static bool known_places(struct app *app, const char *name, struct buf *schedule, struct buf *templates, struct err *err) {
    AUTO(db_rows) rows = db_query(app->db, err, "SELECT schedule_file, templates_folder FROM campaign WHERE name = $1", DB_T(name));
    int got = db_next(rows, err);
    if (got > 0) {
        buf_add_text(schedule, db_text(rows, 0));
        buf_add_text(templates, db_text(rows, 1));
    }
    return got >= 0;
}

int cmd_campaign_update(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct update wanted = {.bytes = BUF_INIT(SCHEDULE_BYTES)};
    struct change change = {.app = app, .origin = "update", .edit = edit, .wanted = &wanted};
    AUTO_BUF schedule = BUF_INIT(PLACE_BYTES);
    AUTO_BUF templates = BUF_INIT(PLACE_BYTES);
    const char *words[2];
    const struct app_option options[] = {{"--schedule", &wanted.schedule, NULL}, {"--templates", &wanted.templates, NULL},
                                         {"--dry-run", NULL, &change.dry_run}, {"--yes", NULL, &change.yes}};
    if (app_arguments(app, argc, argv, options, COUNT(options), words, 2, 2, &err) < 0 || !app_db(app, &err) ||
        !known_places(app, words[1], &schedule, &templates, &err))
        return app_refuse(app, &err);
    change.name = words[1];
    if (!wanted.schedule && !wanted.templates) {
        wanted.schedule = schedule.length ? buf_text(&schedule) : NULL;
        wanted.templates = templates.length ? buf_text(&templates) : NULL;
    }
    int status = change_run(&change);
    if (wanted.has_schedule) schedule_release(&wanted.parsed);
    files_release(&wanted.files);
    buf_release(&wanted.bytes);
    return status;
}
