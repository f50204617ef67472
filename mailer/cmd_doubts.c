/* relais doubts C: each delivery nobody knows the end of, why, and how to settle it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/audience.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/output.h"
#include "mailer/reports/table_out.h"
#include "mailer/reports/text_table.h"
#include "mailer/send/doubts_store.h"

enum { DOUBTS_BYTES = 1 << 28 };

static const char *policy_of(const struct doubt *doubt) { return doubt->resend_ms >= 0 ? "resend" : "hold"; }

static void set_instant(struct js *object, const char *key, int64_t at_ms) {
    char instant[INSTANT_TEXT];
    zoned_instant(PARIS, at_ms, instant);
    js_set_text(object, key, at_ms >= 0 ? instant : NULL);
}

static bool say_json(const struct campaign *campaign, const struct doubts *doubts, const char *path, struct err *err) {
    AUTO_BUF out = BUF_INIT(DOUBTS_BYTES);
    AUTO(js) answer = js_object();
    struct js *all = js_array();
    js_set_text(answer, "campaign", campaign->name);
    for (size_t i = 0; i < doubts->count; i++) {
        const struct doubt *doubt = &doubts->all[i];
        struct js *one = js_object();
        js_set_int(one, "id", doubt->id);
        js_set_int(one, "dispatch", doubt->dispatch_id);
        js_set_text(one, "wave", doubt->wave);
        js_set_text(one, "party", doubt->party_id);
        js_set_text(one, "name", doubt->name);
        js_set_text(one, "address", doubt->address);
        set_instant(one, "since", doubt->since_ms);
        js_set_text(one, "reason", doubt->reason);
        js_set_text(one, "policy", policy_of(doubt));
        set_instant(one, "resend_at", doubt->resend_ms);
        js_set_bool(one, "resent", doubt->resent);
        js_set_text(one, "message_id", doubt->message_id);
        if (doubt->code) js_set_int(one, "code", doubt->code);
        else js_set_null(one, "code");
        js_set_int(one, "likely_returns", doubt->likely_returns);
        js_set_text(one, "relay", *doubt->relay ? doubt->relay : NULL);
        js_add(all, one);
    }
    js_set(answer, "doubts", all);
    js_add_to(answer, &out);
    buf_add_char(&out, '\n');
    return output_write(&out, path, err);
}

static void policy_text(const struct doubt *doubt, struct buf *out) {
    char when[FRENCH_MOMENT];
    french_short_moment(PARIS, doubt->resend_ms, when);
    if (doubt->resend_ms >= 0) buf_add_format(out, "renvoyé une fois le %s", when);
    else buf_add_text(out, doubt->resent ? "retenu (déjà renvoyé une fois)" : "retenu");
    if (doubt->likely_returns) buf_add_text(out, ", un retour semble le concerner");
}

static bool say_csv(const struct doubts *doubts, const char *path, struct err *err) {
    static const struct table_column COLUMNS[] = {{"N°", 8}, {"Vague", 16}, {"Code", 10}, {"Nom", 30}, {"Adresse", 34}, {"Depuis", 18}, {"Raison", 40},
                                                  {"Suite", 34}, {"Message-ID", 60}, {"Serveur", 16}};
    AUTO(table_out) table = table_out_open(path, TABLE_CSV, COLUMNS, COUNT(COLUMNS), err);
    for (size_t i = 0; table && i < doubts->count; i++) {
        const struct doubt *doubt = &doubts->all[i];
        AUTO_BUF policy = BUF_INIT(400);
        policy_text(doubt, &policy);
        table_number(table, doubt->id);
        table_text(table, doubt->wave);
        table_code(table, doubt->party_id);
        table_text(table, doubt->name);
        table_text(table, doubt->address);
        table_moment(table, PARIS, doubt->since_ms);
        table_text(table, skip_reason_text(doubt->reason));
        table_text(table, buf_text(&policy));
        table_text(table, doubt->message_id);
        table_text(table, doubt->relay);
        table_end_row(table);
    }
    return table && table_out_commit(table, err);
}

static bool say_text(const struct campaign *campaign, const struct doubts *doubts, const char *path, struct err *err) {
    static const struct text_column COLUMNS[] = {{"N°", true}, {"Vague", false}, {"Code", false}, {"Nom", false}, {"Adresse", false}, {"Depuis", false},
                                                 {"Serveur", false}, {"Raison", false}, {"Suite", false}};
    AUTO_BUF out = BUF_INIT(DOUBTS_BYTES);
    char count[200];
    if (!doubts->count) {
        buf_add_format(&out, "Campagne %s : aucun envoi en doute.\n", campaign->name);
        return output_write(&out, path, err);
    }
    french_count((int64_t)doubts->count, "envoi en doute : on ne sait pas s'il est parti", "envois en doute : on ne sait pas s'ils sont partis", count, sizeof count);
    buf_add_format(&out, "Campagne %s : %s.\n\n", campaign->name, count);
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < doubts->count; i++) {
        const struct doubt *doubt = &doubts->all[i];
        char number[24], since[FRENCH_MOMENT];
        AUTO_BUF policy = BUF_INIT(400);
        policy_text(doubt, &policy);
        snprintf(number, sizeof number, "%" PRId64, doubt->id); /* to be typed again: no thin spaces */
        french_short_moment(PARIS, doubt->since_ms, since);
        const char *const cells[] = {number, doubt->wave, doubt->party_id, doubt->name, doubt->address, since, doubt->relay, skip_reason_text(doubt->reason), buf_text(&policy)};
        for (size_t k = 0; k < COUNT(cells); k++) text_table_add(table, cells[k]);
    }
    text_table_write(table, false, output_colour(path), &out);
    buf_add_text(&out, "\nUne preuve (retour, avis de remise, réponse, journal de Postfix) règle un doute d'elle-même. Sinon, après vérification :\n"
                       "  relais settle N° sent     il est bien parti\n"
                       "  relais settle N° resend   le renvoyer, une seule fois, à l'identique\n"
                       "  relais settle N° drop     il n'est pas parti, et ne partira pas\n");
    return output_write(&out, path, err);
}

/* What a sender that was killed left armed is in doubt, though only the next one writes it down. */
static int64_t left_due_ms(const struct app *app) {
    return app_sender_works(app) ? -1 : app_now_ms(app) + settings_ms(app->settings, "smtp", "doubt_wait");
}

int cmd_doubts(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct campaign campaign = {0};
    struct doubts doubts = {0};
    const char *name, *path = NULL;
    const struct app_option options[] = {{.name = "--output", .text = &path}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &name, 1, 1, &err) >= 0 && app_output_form(app, path, &err) && app_db(app, &err) &&
                campaign_load(app->db, name, &campaign, &err) && doubts_load(app->db, &campaign, left_due_ms(app), app_now_ms(app), &doubts, &err) &&
                (app->format == APP_JSON  ? say_json(&campaign, &doubts, path, &err)
                 : app->format == APP_CSV ? say_csv(&doubts, path, &err)
                                          : say_text(&campaign, &doubts, path, &err));
    doubts_release(&doubts);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
