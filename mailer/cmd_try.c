/* relais try C WAVE --to ADDRESS [ID]: one message of a wave to yourself, over the real server. Nothing is recorded; its
 * token can change nothing. */
#include <stdio.h>
#include <string.h>

#include "lists/contact_store.h"
#include "mailer/recipients_store.h"
#include "mailer/role_settings.h"
#include "mailer/send/verdict.h"
#include "mailer/wave_store.h"

enum { MESSAGE_BYTES = 4 << 20, STEP_MS = 1000, TRIAL_ID = 1 };

struct trial {
    struct app *app;
    struct campaign campaign;
    struct sending_settings sending;
    struct waves waves;
    const struct wave *wave;
    char to[ADDRESS_TEXT], party_id[32], party_name[200], department[8];
    struct buf message;
    struct smtp_result result;
};

/* -- what and to whom --------------------------------------------------------------------------------------------- */
static bool find_wave(struct trial *trial, const char *name, struct err *err) {
    AUTO_BUF known = BUF_INIT(500);
    if (!waves_load(trial->app->db, trial->campaign.id, &trial->waves, err)) return false;
    for (size_t i = 0; i < trial->waves.count; i++) {
        if (!strcmp(trial->waves.all[i].name, name)) trial->wave = &trial->waves.all[i];
        buf_add_format(&known, "%s%s", i ? ", " : "", trial->waves.all[i].name);
    }
    return trial->wave || err_set(err, ERR_INPUT, "UNKNOWN_WAVE", "la campagne « %s » n'a pas de vague « %.60s » ; ses vagues : %s",
                                  trial->campaign.name, name, buf_text(&known));
}

static bool read_address(struct trial *trial, const char *to, struct err *err) {
    char reason[16];
    if (!to) return err_set(err, ERR_INPUT, "USAGE", "donnez votre adresse : --to vous@domaine.fr");
    if (!address_canonical(to, strlen(to), trial->to))
        return err_set(err, ERR_INPUT, "BAD_ADDRESS", "« %.100s » n'est pas une adresse ; écrivez --to vous@domaine.fr", to);
    int found = suppression_find(trial->app->db, trial->to, reason, err);
    if (found <= 0) return found == 0;
    return err_set(err, ERR_INPUT, "SUPPRESSED", "« %s » ne doit plus recevoir de message (%s) ; essayez avec une autre adresse", trial->to, reason);
}

static void choose(struct trial *trial, const struct recipient *who) {
    snprintf(trial->party_id, sizeof trial->party_id, "%s", who->id);
    snprintf(trial->party_name, sizeof trial->party_name, "%.190s", who->name);
    snprintf(trial->department, sizeof trial->department, "%s", who->department);
}

/* The one named; else the first of the wave's audience; else, when that is empty, the first one enrolled. */
static bool find_party(struct trial *trial, const char *id, struct err *err) {
    struct recipients recipients;
    bool good = recipients_load(trial->app->db, trial->campaign.id, &recipients, err);
    for (int pass = 0; pass < 2 && good && !*trial->party_id; pass++)
        for (size_t i = 0; i < recipients.count && !*trial->party_id; i++) {
            const struct recipient *who = &recipients.all[i];
            bool fits = id ? !strcmp(who->id, id) : recipient_in(who, pass ? AUDIENCE_INFORMED : trial->wave->audience);
            if (fits) choose(trial, who);
        }
    recipients_release(&recipients);
    if (!good || *trial->party_id) return good;
    if (id) return err_set(err, ERR_INPUT, "UNKNOWN_PARTY", "« %.60s » n'est ni inscrite à la campagne « %s », ni un relais", id, trial->campaign.name);
    return err_set(err, ERR_INPUT, "NOBODY", "la campagne « %s » n'a aucune inscrite ; importez d'abord une liste : relais import FICHIER --campaign %s",
                   trial->campaign.name, trial->campaign.name);
}

/* -- the message ---------------------------------------------------------------------------------------------------- */
/* As of the wave's day; a Message-ID of its own each time, or mailboxes would keep the first one only. */
static bool compose(struct trial *trial, struct err *err) {
    const struct sender_identity *identity = &trial->sending.identity;
    char message_id[CAMPAIGN_NAME + 320];
    uint64_t chance;
    random_bytes(&chance, sizeof chance);
    snprintf(message_id, sizeof message_id, "<essai.%s.%016llx@%s>", trial->campaign.name, (unsigned long long)chance,
             strchr(identity->from_address, '@') + 1);
    int64_t at_ms = wave_at_ms(trial->app->db, trial->wave->id, trial->department, err);
    const struct compose_dispatch dispatch = {.party_id = trial->party_id, .address = trial->to, .message_id = message_id,
                                              .token = COMPOSE_SAMPLE_TOKEN, .date_ms = at_ms >= 0 ? at_ms : app_now_ms(trial->app),
                                              .header_date_ms = app_now_ms(trial->app), .trial = true};
    AUTO(composer) composer = composer_open(trial->app->db, identity);
    return composer_message(composer, &trial->campaign, trial->wave->template, &dispatch, &trial->message, err);
}

/* -- the wire --------------------------------------------------------------------------------------------------------- */
static bool deliver(struct trial *trial, struct err *err) {
    struct sender_relay relay = trial->sending.relays[0].relay;
    struct sender_event events[2];
    char return_path[320];
    relay.connections = 1;
    AUTO(sender) sender = sender_open(&relay, err);
    return_path_of(&trial->sending.identity, COMPOSE_SAMPLE_TOKEN, return_path);
    const struct smtp_envelope envelope = {.return_path = return_path, .recipient = trial->to, .envelope_id = COMPOSE_SAMPLE_TOKEN,
                                           .bytes = buf_text(&trial->message), .length = trial->message.length};
    if (!sender || !sender_submit(sender, TRIAL_ID, &envelope, err)) return false;
    for (;;) {
        size_t count = sender_step(sender, STEP_MS, events, COUNT(events));
        for (size_t i = 0; i < count; i++) {
            if (events[i].kind == SENDER_WANTS_DOT) {
                sender_dot(sender, TRIAL_ID);
                continue;
            }
            trial->result = events[i].result;
            bool reached = trial->result.phase != SMTP_AT_GREETING || trial->result.reply.code;
            return reached || err_set(err, ERR_INPUT, "RELAY", "le serveur d'envoi ne répond pas : %s", sender_trouble(sender));
        }
    }
}

static int say(const struct trial *trial) {
    const struct smtp_reply *reply = &trial->result.reply;
    bool sent = verdict_of(&trial->result) == VERDICT_SENT;
    if (trial->app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", trial->campaign.name);
        js_set_text(answer, "wave", trial->wave->name);
        js_set_text(answer, "id", trial->party_id);
        js_set_text(answer, "to", trial->to);
        js_set_bool(answer, "sent", sent);
        js_set_int(answer, "code", reply->code);
        js_set_text(answer, "reply", reply->text);
        js_write(answer, stdout);
    } else if (sent)
        printf("Essai envoyé à %s : le message de la vague %s pour %s (%s), son objet marqué [ESSAI].\nRien n'est enregistré. Réponse du serveur : %d %s\n",
               trial->to, trial->wave->name, trial->party_name, trial->party_id, reply->code, reply->text);
    else
        printf("Essai refusé par le serveur : %d %s\n", reply->code, *reply->text ? reply->text : "liaison coupée");
    return sent ? EXIT_DONE : EXIT_PERSON;
}

static bool prepare(struct trial *trial, const char *const words[3], const char *to, struct err *err) {
    struct app *app = trial->app;
    return app_db(app, err) && campaign_load(app->db, words[0], &trial->campaign, err) && find_wave(trial, words[1], err) &&
           read_address(trial, to, err) && find_party(trial, words[2], err) && sending_settings_read(app, &trial->sending, err) &&
           compose(trial, err);
}

int cmd_try(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct trial trial = {.app = app, .message = BUF_INIT(MESSAGE_BYTES)};
    const char *words[3] = {NULL}, *to = NULL;
    const struct app_option options[] = {{.name = "--to", .text = &to}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), words, 2, 3, &err) >= 0 && prepare(&trial, words, to, &err) &&
                deliver(&trial, &err);
    int status = good ? say(&trial) : app_refuse(app, &err);
    sending_settings_release(&trial.sending);
    waves_release(&trial.waves);
    campaign_release(&trial.campaign);
    buf_release(&trial.message);
    return status;
}
