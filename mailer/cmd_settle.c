/* relais settle ID sent|resend|drop: what a person knows of a delivery in doubt. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/app.h"
#include "mailer/role_send_alone.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/doubts_store.h"
#include "mailer/send/journal_store.h"
#include "mailer/store_path.h"

static const char *const DONE[DOUBT_VERDICTS] = {
    [DOUBT_SENT] = "réglé : il est parti",
    [DOUBT_RESEND] = "sera renvoyé une fois, à l'identique (relais daemon ou relais send)",
    [DOUBT_DROP] = "réglé : considéré comme non remis, il ne partira pas"};

static bool read_words(const char *const words[2], int64_t *id, enum doubt_verdict *verdict, struct err *err) {
    char *end;
    *id = strtoll(words[0], &end, 10);
    if (*end || end == words[0] || *id <= 0)
        return err_set(err, ERR_INPUT, "USAGE", "« %.40s » n'est pas un numéro d'envoi ; « relais doubts C » les montre", words[0]);
    for (int i = 0; i < DOUBT_VERDICTS; i++)
        if (!strcmp(words[1], DOUBT_VERDICT[i])) return *verdict = (enum doubt_verdict)i, true;
    return err_set(err, ERR_INPUT, "USAGE", "« %.40s » : écrivez sent (il est parti), resend (le renvoyer une fois) ou drop (abandonner)", words[1]);
}

/* What a killed sender left armed is written down as the next one would, journal first, so that it can be settled without sending
 * anything. */
static bool recover(struct app *app, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    struct journal_begun begun;
    struct recovered recovered;
    store_journal_path(app->settings, &path);
    AUTO(journal) journal = journal_begin(app->db, buf_text(&path), app_now_ms(app), &begun, err);
    AUTO(tx) tx = journal ? tx_begin(app->db, TX_DURABLE, err) : NULL;
    return tx && runs_recover(app->db, app_now_ms(app), settings_ms(app->settings, "smtp", "doubt_wait"), &recovered, err) && tx_commit(TX_TAKE(tx), err);
}

/* Only where it is about something that is held by a run; where that is at work, what is armed is its own. The database is opened anew, for
 * it must not be open when a sender is kept out. *alone: until the end, if so. */
static bool recover_for(struct app *app, int64_t id, struct only_sender **alone, struct err *err) {
    int64_t held;
    struct err why = {0};
    int found = db_get_int(app->db, err, &held, "SELECT 1 FROM delivery WHERE id = $1 AND state IN (1, 2)", DB_I(id));
    if (found <= 0) return found == 0;
    db_close(app->db);
    app->db = NULL;
    if (!(*alone = only_sender_begin(app, &why)) && strcmp(why.code, "SECOND_SENDER")) return *err = why, false;
    return app_db(app, err) && (!*alone || recover(app, err));
}

static bool settle(struct app *app, int64_t id, enum doubt_verdict verdict, struct err *err) {
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    return tx && doubt_settle(app->db, id, verdict, app_now_ms(app), app->by_whom, err) && tx_commit(TX_TAKE(tx), err);
}

int cmd_settle(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *words[2];
    int64_t id = 0;
    enum doubt_verdict verdict = DOUBT_SENT;
    struct only_sender *alone = NULL;
    bool good = app_arguments(app, argc, argv, NULL, 0, words, 2, 2, &err) >= 0 && read_words(words, &id, &verdict, &err) && app_db(app, &err) &&
                recover_for(app, id, &alone, &err) && settle(app, id, verdict, &err);
    only_sender_end(alone, app);
    if (!good) return app_refuse(app, &err);
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_int(answer, "id", id);
        js_set_text(answer, "settled", DOUBT_VERDICT[verdict]);
        js_write(answer, stdout);
    } else
        printf("Envoi n° %" PRId64 " : %s.\n", id, DONE[verdict]);
    return EXIT_DONE;
}
