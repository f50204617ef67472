/* relais preview C WAVE ID: the message one party would get of one wave, as text, HTML or source; beside it, what keeps its mailbox from getting it that day. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lists/contact_store.h"
#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/french_moments.h"
#include "mailer/send/quiet_store.h"
#include "mailer/send/thread_store.h"
#include "mailer/wave_store.h"
#include "templates/mail_template.h"

enum { MESSAGE_BYTES = 4 << 20 };
static const char NO_ADDRESS[] = "sans-adresse@relais.invalid";
static const char *const PARTS[] = {"text", "html", "source"};

struct preview {
    struct campaign campaign;
    const char *party_id;
    char wave[SCHEDULE_NAME], template[SCHEDULE_NAME];
    int64_t wave_id, date_ms;
    char address[256];
    const char *quiet;              /* "resting", "away": the mailbox whose turn it is, on that day; "" = neither */
    char note[2 * ADDRESS_TEXT + FRENCH_MOMENT + 200]; /* the same for people */
    struct mail_parts parts;
    struct buf source;
};

static bool unknown_wave(const struct waves *waves, const char *campaign, const char *name, struct err *err) {
    AUTO_BUF known = BUF_INIT(500);
    for (size_t i = 0; i < waves->count; i++)
        buf_add_format(&known, "%s%s", i ? ", " : "", waves->all[i].name);
    return err_set(err, ERR_INPUT, "UNKNOWN_WAVE",
                   "la campagne « %s » n'a pas de vague « %s » ; ses vagues : %s", campaign, name,
                   buf_text(&known));
}

/* A wave is shown as of the day it goes out. */
static bool find_wave(struct db *db, struct preview *preview, const char *name, int64_t now_ms,
                      struct err *err) {
    struct waves waves = {0};
    bool good = waves_load(db, preview->campaign.id, &waves, err);
    const struct wave *found = NULL;
    for (size_t i = 0; good && i < waves.count; i++)
        if (!strcmp(waves.all[i].name, name)) found = &waves.all[i];
    if (good && !found) good = unknown_wave(&waves, preview->campaign.name, name, err);
    if (good) {
        snprintf(preview->wave, sizeof preview->wave, "%s", found->name);
        snprintf(preview->template, sizeof preview->template, "%s", found->template);
        preview->wave_id = found->id;
        preview->date_ms = found->at_ms >= 0 ? found->at_ms : now_ms;
    }
    waves_release(&waves);
    return good;
}

/* Who there is, for somebody who mistyped a code: a few relays where a relay was meant, else a few of those
 * enrolled. */
static bool unknown_party(struct db *db, const struct preview *preview, struct err *err) {
    AUTO_BUF known = BUF_INIT(400);
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT party_id FROM (SELECT party_id, 0 AS place FROM enrolment WHERE campaign_id = $1 "
                    "UNION ALL SELECT id, 1 FROM relay) AS parties ORDER BY place, party_id LIMIT 5",
                    DB_I(preview->campaign.id));
    int got;
    while ((got = db_next(rows, err)) > 0)
        buf_add_format(&known, "%s%s", known.length ? ", " : "", db_text(rows, 0));
    if (got < 0) return false;
    return err_set(err, ERR_INPUT, "UNKNOWN_PARTY",
                   "« %s » n'est ni une collectivité (code INSEE ou SIREN), ni un relais ; par exemple : %s",
                   preview->party_id, known.length ? buf_text(&known) : "aucun, importez d'abord une liste");
}

/* Overseas, the wave goes out at an hour of its own. */
static bool find_party(struct db *db, struct preview *preview, struct err *err) {
    char department[8] = "";
    int got;
    {
        AUTO(db_rows)
        rows = db_query(db, err,
                        "SELECT department FROM collectivity WHERE id = $1 "
                        "UNION ALL SELECT department FROM relay WHERE id = $1",
                        DB_T(preview->party_id));
        got = db_next(rows, err);
        if (got > 0) snprintf(department, sizeof department, "%s", db_text(rows, 0));
    }
    if (got <= 0) return got == 0 && unknown_party(db, preview, err);
    int64_t at_ms = wave_at_ms(db, preview->wave_id, department, err);
    if (at_ms >= 0) preview->date_ms = at_ms;
    return true;
}

static bool note_rest(struct db *db, struct preview *preview, const struct quiet_mailbox *mailbox, struct chosen_contact *contact, struct err *err) {
    char until[FRENCH_MOMENT];
    struct chosen_contact other;
    enum contact_choice choice = contact_choose_awake(db, preview->party_id, preview->date_ms, &other, err);
    if (choice == CONTACT_ERROR) return false;
    french_moment(PARIS, mailbox->rest_until_ms, until);
    snprintf(preview->note, sizeof preview->note, "la boîte %s est au repos jusqu'au %s, après des échecs répétés : le message %s%s", contact->address, until,
             choice == CONTACT_CHOSEN ? "irait à " : "attendrait, sans dépasser le dernier jour utile", choice == CONTACT_CHOSEN ? other.address : "");
    if (choice == CONTACT_CHOSEN) *contact = other;
    return true;
}

/* As the planner chooses on the day of the wave. */
static bool find_address(struct db *db, struct preview *preview, struct err *err) {
    struct chosen_contact contact;
    struct quiet_mailbox mailbox;
    char back[FRENCH_DATE];
    preview->quiet = "";
    enum contact_choice choice = contact_choose(db, preview->party_id, &contact, err);
    if (choice == CONTACT_ERROR) return false;
    if (choice == CONTACT_CHOSEN) {
        if (quiet_load_one(db, contact.address, preview->date_ms, &mailbox, err) < 0) return false;
        bool resting = mailbox.rest_until_ms >= 0, away = mailbox.back_day >= local_day(PARIS, preview->date_ms);
        if (resting && !note_rest(db, preview, &mailbox, &contact, err)) return false;
        if (away && !resting) {
            french_date(mailbox.back_day, back);
            snprintf(preview->note, sizeof preview->note, "la boîte %s répond que son lecteur est absent et revient le %s : le message attendrait le jour ouvré suivant", contact.address, back);
        }
        preview->quiet = resting ? "resting" : away ? "away" : "";
    }
    snprintf(preview->address, sizeof preview->address, "%s", choice == CONTACT_CHOSEN ? contact.address : NO_ADDRESS);
    return true;
}

static bool compose(struct app *app, struct preview *preview, struct err *err) {
    struct sender_identity identity;
    if (!sender_identity_read(app->settings, &identity, err)) return false;
    char message_id[CAMPAIGN_NAME + 300], first[THREAD_ID];
    snprintf(message_id, sizeof message_id, "<" COMPOSE_SAMPLE_TOKEN ".%s@%s>", preview->campaign.name,
             strchr(identity.from_address, '@') + 1);
    const struct compose_dispatch dispatch = {.party_id = preview->party_id,
                                              .address = preview->address,
                                              .message_id = message_id,
                                              .token = COMPOSE_SAMPLE_TOKEN,
                                              .in_reply_to = first,
                                              .date_ms = preview->date_ms};
    AUTO(composer) composer = composer_open(app->db, &identity);
    return thread_first(app->db, preview->campaign.id, preview->address, preview->date_ms, first, err) &&
           composer_parts(composer, &preview->campaign, preview->template, preview->party_id,
                          preview->date_ms, &preview->parts, err) &&
           composer_message(composer, &preview->campaign, preview->template, &dispatch, &preview->source,
                            err);
}

static void say_json(const struct preview *preview) {
    AUTO(js) answer = js_object();
    js_set_text(answer, "campaign", preview->campaign.name);
    js_set_text(answer, "wave", preview->wave);
    js_set_text(answer, "id", preview->party_id);
    js_set_text(answer, "subject", buf_text(&preview->parts.subject));
    js_set_text(answer, "text", buf_text(&preview->parts.text));
    js_set_text(answer, "html", buf_text(&preview->parts.html));
    js_set_text(answer, "source", buf_text(&preview->source));
    js_set_text(answer, "address", strcmp(preview->address, NO_ADDRESS) != 0 ? preview->address : NULL);
    js_set_text(answer, "quiet", *preview->quiet ? preview->quiet : NULL);
    js_write(answer, stdout);
}

static void say(const struct preview *preview, const char *part) {
    const struct buf *chosen = !strcmp(part, "html")     ? &preview->parts.html
                               : !strcmp(part, "source") ? &preview->source
                                                         : &preview->parts.text;
    if (chosen == &preview->parts.text) printf("Objet : %s\n\n", buf_text(&preview->parts.subject));
    fwrite(buf_text(chosen), 1, chosen->length, stdout);
    if (*preview->note) fprintf(stderr, "À savoir : %s.\n", preview->note); /* standard output is the message, and nothing else */
}

static bool preview_run(struct app *app, const char *const words[3], struct preview *preview,
                        struct err *err) {
    preview->party_id = words[2];
    return app_db(app, err) && campaign_load(app->db, words[0], &preview->campaign, err) &&
           find_wave(app->db, preview, words[1], app_now_ms(app), err) && find_party(app->db, preview, err) &&
           find_address(app->db, preview, err) && compose(app, preview, err);
}

int cmd_preview(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *words[3], *part = "text";
    const struct app_option options[] = {{.name = "--part", .text = &part}};
    if (app_arguments(app, argc, argv, options, COUNT(options), words, 3, 3, &err) < 0)
        return app_refuse(app, &err);
    bool known = false;
    for (size_t i = 0; i < COUNT(PARTS); i++) known = known || !strcmp(part, PARTS[i]);
    if (!known) {
        err_set(&err, ERR_INPUT, "USAGE", "--part %s : écrivez text, html ou source", part);
        return app_refuse(app, &err);
    }
    struct preview preview = {.parts = MAIL_PARTS_INIT, .source = BUF_INIT(MESSAGE_BYTES)};
    bool good = preview_run(app, words, &preview, &err);
    if (good && app->format == APP_JSON)
        say_json(&preview);
    else if (good)
        say(&preview, part);
    campaign_release(&preview.campaign);
    mail_parts_release(&preview.parts);
    buf_release(&preview.source);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
