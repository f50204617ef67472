/* relais why ID --campaign C: why the next mail is, or is not, planned. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/audience.h"
#include "mailer/compose.h"
#include "mailer/french_moments.h"
#include "mailer/reports/output.h"
#include "mailer/reports/text_table.h"
#include "mailer/reports/why.h"
#include "schedules/zones.h"

enum { WHY_BYTES = 1 << 20 };

static void write_json(const struct why *why, struct buf *out) {
    AUTO(js) answer = js_object();
    struct js *details = js_array();
    js_set_text(answer, "id", why->party.id);
    js_set_text(answer, "campaign", why->campaign);
    if (why->next_wave[0]) {
        struct js *next = js_object();
        char at[INSTANT_TEXT];
        zoned_instant(zone_of_department(why->party.department), why->next_at_ms, at);
        js_set_text(next, "wave", why->next_wave);
        js_set_text(next, "at", at);
        js_set(answer, "next", next);
    } else
        js_set_null(answer, "next");
    js_set_text(answer, "reason", why->reason);
    for (size_t i = 0; i < why->detail_count; i++) js_add_text(details, why->details[i]);
    js_set(answer, "details", details);
    js_add_to(answer, out);
    buf_add_char(out, '\n');
}

/* The answer first, in one sentence; then how it was found. */
static void write_answer(const struct why *why, struct buf *out) {
    static const struct {
        const char *reason, *text;
    } TEXTS[] = {
        {"not-started", "la campagne n'est pas lancée"},
        {"paused", "la campagne est suspendue"},
        {"not-approved", "les modèles, le calendrier ou l'expéditeur ont changé depuis le départ"},
        {"no-wave", "il n'y a plus de vague à venir"},
    };
    if (why->next_wave[0]) {
        char at[FRENCH_MOMENT];
        french_moment(zone_of_department(why->party.department), why->next_at_ms, at);
        buf_add_format(out, "Prochain message : vague %s, le %s.", why->next_wave, at);
        return;
    }
    AUTO_BUF said = BUF_INIT(1000);
    buf_add_format(&said, "%s%s", reason_has_subject(why->reason) ? "" : why->party.relay ? "ce relais " : "cette collectivité ",
                   skip_reason_text(why->reason));
    const char *text = buf_text(&said);
    for (size_t i = 0; i < COUNT(TEXTS); i++)
        if (!strcmp(TEXTS[i].reason, why->reason)) text = TEXTS[i].text;
    buf_add_format(out, "Aucun message n'est prévu : %s.", text);
}

static void write_text(const struct why *why, bool colour, struct buf *out) {
    AUTO_BUF name = BUF_INIT(1000), answer = BUF_INIT(1000);
    buf_add_format(&name, "%s (%s), campagne %s", why->party.name, why->party.id, why->campaign);
    text_printable(out, buf_text(&name), name.length);
    buf_add_char(out, '\n');
    write_answer(why, &answer);
    text_bold(out, colour, buf_text(&answer));
    buf_add_text(out, "\n\n");
    for (size_t i = 0; i < why->detail_count; i++) {
        buf_add_text(out, "  – ");
        text_printable(out, why->details[i], strlen(why->details[i]));
        buf_add_char(out, '\n');
    }
}

static bool write_why(const struct app *app, const struct why *why, struct err *err) {
    AUTO_BUF out = BUF_INIT(WHY_BYTES);
    if (app->format == APP_TEXT)
        write_text(why, output_colour(NULL), &out);
    else if (app->format == APP_JSON)
        write_json(why, &out);
    else
        return err_set(err, ERR_INPUT, "USAGE", "--format : ici, écrivez text ou json");
    return output_write(&out, NULL, err);
}

/* NULL while the configuration names no sender: nothing can have been approved by it. */
static const char *present_sender(const struct app *app, struct buf *text) {
    struct sender_identity identity;
    if (!sender_identity_read(app->settings, &identity, NULL)) return NULL;
    sender_identity_text(&identity, text);
    return buf_text(text);
}

int cmd_why(struct app *app, int argc, char **argv) {
    const char *id, *campaign = NULL;
    const struct app_option options[] = {{.name = "--campaign", .text = &campaign}};
    struct err err = {0};
    struct why why = {0};
    AUTO_BUF sender = BUF_INIT(8192);
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &id, 1, 1, &err) >= 0 &&
                (campaign || err_set(&err, ERR_INPUT, "USAGE",
                                     "précisez la campagne : relais why %s --campaign C", id)) &&
                app_db(app, &err) && why_load(app->db, campaign, id, present_sender(app, &sender), app_now_ms(app), &why, &err) &&
                write_why(app, &why, &err);
    why_release(&why);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
