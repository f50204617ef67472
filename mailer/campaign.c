/* The campaign's rows: created from a schedule and templates, loaded, moved from state to state. */
#include "mailer/campaign.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "schedules/french.h"
#include "schedules/plan.h"
#include "schedules/schedule_record.h"

enum { SCHEDULE_READ_BYTES = 1 << 20 };

const char *const CAMPAIGN_STATE[CAMPAIGN_STATES] = {"draft", "started", "paused", "cancelled"};

#define COLUMNS                                                                                              \
    "SELECT c.id, c.name, c.title, c.state, c.deadline, c.previous_deadline, c.started_ms, c.answers_as_of_ms, " \
    "c.approval, d.bytes, c.schedule_read FROM campaign c JOIN document d ON d.sha256 = c.schedule "

static bool unknown(struct db *db, const char *name, struct err *err) {
    AUTO_BUF known = BUF_INIT(400);
    AUTO(db_rows) rows = db_query(db, err, "SELECT name FROM campaign ORDER BY created_ms DESC, id DESC");
    int got;
    while ((got = db_next(rows, err)) > 0) buf_add_format(&known, "%s%s", known.length ? ", " : "", db_text(rows, 0));
    if (got < 0) return false;
    if (!known.length)
        return err_set(err, ERR_INPUT, "UNKNOWN_CAMPAIGN",
                       "la campagne « %s » n'existe pas ; créez-la par « relais campaign create %s --schedule FICHIER.ics »", name,
                       name);
    return err_set(err, ERR_INPUT, "UNKNOWN_CAMPAIGN", "la campagne « %s » n'existe pas ; campagnes connues : %s", name,
                   buf_text(&known));
}

/* As it was once read, else from the calendar. */
static bool read_schedule(struct db_rows *rows, struct schedule *schedule, struct err *err) {
    size_t length;
    const char *read = db_text(rows, 10), *bytes = db_bytes(rows, 9, &length);
    return schedule_record_read(schedule, read, strlen(read)) || schedule_parse(schedule, bytes, length, err);
}

static bool read_row(struct db_rows *rows, struct campaign *campaign, struct err *err) {
    *campaign = (struct campaign){.id = db_int(rows, 0), .previous_due_day = -1, .started_ms = -1, .answers_as_of_ms = -1};
    snprintf(campaign->name, sizeof campaign->name, "%s", db_text(rows, 1));
    snprintf(campaign->title, sizeof campaign->title, "%s", db_text(rows, 2));
    for (int i = 0; i < CAMPAIGN_STATES; i++)
        if (!strcmp(CAMPAIGN_STATE[i], db_text(rows, 3))) campaign->state = (enum campaign_state)i;
    if (!day_parse(db_text(rows, 4), &campaign->due_day))
        return err_set(err, ERR_FATAL, "STORE", "la campagne « %s » a une échéance illisible", campaign->name);
    if (!db_is_null(rows, 5) && !day_parse(db_text(rows, 5), &campaign->previous_due_day)) campaign->previous_due_day = -1;
    if (!db_is_null(rows, 6)) campaign->started_ms = db_int(rows, 6);
    if (!db_is_null(rows, 7)) campaign->answers_as_of_ms = db_int(rows, 7);
    snprintf(campaign->approval, sizeof campaign->approval, "%s", db_text(rows, 8));
    if (!read_schedule(rows, &campaign->schedule, err)) return err_at(err, "calendrier de la campagne", 0);
    return plan_deadline_ms(campaign->due_day, &campaign->deadline_ms, err);
}

bool campaign_load(struct db *db, const char *name, struct campaign *campaign, struct err *err) {
    *campaign = (struct campaign){0};
    AUTO(db_rows) rows = db_query(db, err, COLUMNS "WHERE c.name = $1", DB_T(name));
    int got = db_next(rows, err);
    if (got == 0) return unknown(db, name, err);
    return got > 0 && read_row(rows, campaign, err);
}

bool campaign_load_id(struct db *db, int64_t id, struct campaign *campaign, struct err *err) {
    *campaign = (struct campaign){0};
    AUTO(db_rows) rows = db_query(db, err, COLUMNS "WHERE c.id = $1", DB_I(id));
    int got = db_next(rows, err);
    if (got == 0) return err_set(err, ERR_FATAL, "STORE", "campagne %lld absente de la base", (long long)id);
    return got > 0 && read_row(rows, campaign, err);
}

void campaign_release(struct campaign *campaign) { schedule_release(&campaign->schedule); }

/* Keeps bytes under their digest; the same bytes twice are one row. */
static bool document_add(struct db *db, const char *bytes, size_t length, char sha256[SHA256_HEX], struct err *err) {
    sha256_hex(bytes, length, sha256);
    return db_run(db, err, "INSERT INTO document (sha256, bytes) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
                  DB_T(sha256), DB_B(bytes, length));
}

bool campaign_set_template(struct db *db, int64_t campaign_id, const struct campaign_file *file, struct err *err) {
    char sha256[SHA256_HEX];
    return document_add(db, file->bytes, file->length, sha256, err) &&
           db_run(db, err,
                  "INSERT INTO campaign_template (campaign_id, name, sha256) VALUES ($1, $2, $3) "
                  "ON CONFLICT (campaign_id, name) DO UPDATE SET sha256 = excluded.sha256",
                  DB_I(campaign_id), DB_T(file->name), DB_T(sha256));
}

bool campaign_create(struct db *db, const char *name, const char *title, const struct campaign_file *schedule,
                     const struct schedule *parsed, const struct campaign_file *templates, size_t template_count,
                     const char *templates_folder, int64_t now_ms, struct err *err) {
    int64_t found;
    int got = db_get_int(db, err, &found, "SELECT id FROM campaign WHERE name = $1", DB_T(name));
    if (got < 0) return false;
    if (got)
        return err_set(err, ERR_INPUT, "CAMPAIGN_EXISTS", "la campagne « %s » existe déjà ; choisissez un autre nom", name);
    char sha256[SHA256_HEX], due[11];
    AUTO_BUF read = BUF_INIT(SCHEDULE_READ_BYTES);
    day_write(parsed->due_day, due);
    schedule_record_write(parsed, &read);
    if (!document_add(db, schedule->bytes, schedule->length, sha256, err) ||
        !db_run(db, err,
                "INSERT INTO campaign (name, title, state, deadline, schedule, templates_folder, created_ms, schedule_file, schedule_read) "
                "VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, $8)",
                DB_T(name), DB_T(title), DB_T(due), DB_T(sha256), DB_T(templates_folder), DB_I(now_ms), DB_T(schedule->name), DB_T(buf_text(&read))))
        return false;
    int64_t id = db_inserted_id(db);
    for (size_t i = 0; i < template_count; i++)
        if (!campaign_set_template(db, id, &templates[i], err)) return false;
    return true;
}

bool campaign_set_state(struct db *db, const struct campaign *campaign, enum campaign_state state, int64_t now_ms,
                        const char *by_whom, struct err *err) {
    return db_run(db, err,
                  "UPDATE campaign SET state = $1, started_ms = CASE WHEN $1 = 'started' THEN COALESCE(started_ms, $2) "
                  "ELSE started_ms END WHERE id = $3",
                  DB_T(CAMPAIGN_STATE[state]), DB_I(now_ms), DB_I(campaign->id)) &&
           db_run(db, err,
                  "INSERT INTO event (at_ms, campaign_id, event, text, origin, by_whom) VALUES ($1, $2, $3, $4, 'command', $5)",
                  DB_I(now_ms), DB_I(campaign->id), DB_T("campaign"), DB_T(CAMPAIGN_STATE[state]), DB_T(by_whom));
}

bool campaign_template(struct db *db, int64_t campaign_id, const char *name, struct buf *out, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.bytes FROM campaign_template t JOIN document d ON d.sha256 = t.sha256 "
                                  "WHERE t.campaign_id = $1 AND t.name = $2",
                                  DB_I(campaign_id), DB_T(name));
    int got = db_next(rows, err);
    if (got < 0) return false;
    if (!got)
        return err_set(err, ERR_INPUT, "NO_TEMPLATE", "la campagne n'a pas de modèle « %s » ; ajoutez-le à son dossier de modèles",
                       name);
    size_t length;
    const char *bytes = db_bytes(rows, 0, &length);
    buf_add(out, bytes, length);
    return true;
}

bool campaign_learn_answers_as_of(struct db *db, int64_t campaign_id, int64_t as_of_ms, int64_t import_id, int64_t now_ms,
                                  const char *by_whom, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO answers_known_fact (campaign_id, as_of_ms, at_ms, import_id, by_whom) VALUES ($1, $2, $3, $4, $5)",
                  DB_I(campaign_id), DB_I(as_of_ms), DB_I(now_ms), DB_I_OR_NULL(import_id, import_id > 0), DB_T(by_whom)) &&
           campaign_derive_answers_as_of(db, campaign_id, err);
}

bool campaign_derive_answers_as_of(struct db *db, int64_t campaign_id, struct err *err) {
    /* A list that is older than the one already known says nothing new about freshness. */
    return db_run(db, err,
                  "UPDATE campaign SET answers_as_of_ms = (SELECT MAX(f.as_of_ms) FROM answers_known_fact f "
                  "WHERE f.campaign_id = $1 AND (f.import_id IS NULL OR f.import_id IN (SELECT id FROM import_in_force))) "
                  "WHERE id = $1",
                  DB_I(campaign_id));
}

bool campaign_set_schedule(struct db *db, const struct campaign *campaign, const struct schedule *parsed, const char *bytes, size_t length,
                           struct err *err) {
    char sha256[SHA256_HEX], due[11];
    AUTO_BUF read = BUF_INIT(SCHEDULE_READ_BYTES);
    day_write(parsed->due_day, due);
    schedule_record_write(parsed, &read);
    /* Of the right-hand sides, each sees the row as it was. */
    return document_add(db, bytes, length, sha256, err) &&
           db_run(db, err,
                  "UPDATE campaign SET schedule = $1, deadline = $2, previous_deadline = CASE WHEN deadline = $2 THEN previous_deadline "
                  "ELSE deadline END, schedule_read = $3 WHERE id = $4",
                  DB_T(sha256), DB_T(due), DB_T(buf_text(&read)), DB_I(campaign->id));
}

bool campaign_set_files(struct db *db, const struct campaign *campaign, const char *schedule_file, const char *templates_folder, struct err *err) {
    return db_run(db, err,
                  "UPDATE campaign SET title = $1, schedule_file = COALESCE($2, schedule_file), templates_folder = COALESCE($3, templates_folder) "
                  "WHERE id = $4",
                  DB_T(campaign->title), DB_T(schedule_file), DB_T(templates_folder), DB_I(campaign->id));
}

bool campaign_approval(struct db *db, const struct campaign *campaign, const char *sender_identity, char out[65],
                       struct err *err) {
    struct sha256_stream *digest = sha256_begin();
    sha256_add(digest, sender_identity, strlen(sender_identity));
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT 'schedule' AS name, schedule FROM campaign WHERE id = $1 UNION ALL "
                                  "SELECT name, sha256 FROM campaign_template WHERE campaign_id = $1 ORDER BY name",
                                  DB_I(campaign->id));
    int got;
    while ((got = db_next(rows, err)) > 0)
        for (int column = 0; column < 2; column++) {
            const char *text = db_text(rows, column);
            sha256_add(digest, text, strlen(text) + 1);
        }
    sha256_end(digest, out);
    return got == 0;
}
