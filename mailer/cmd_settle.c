/* relais settle ID sent|resend|drop: what a person knows of a delivery in doubt. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/app.h"
#include "mailer/send/doubts_store.h"

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

static bool settle(struct app *app, int64_t id, enum doubt_verdict verdict, struct err *err) {
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    return tx && doubt_settle(app->db, id, verdict, app_now_ms(app), app->by_whom, err) && tx_commit(TX_TAKE(tx), err);
}

int cmd_settle(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *words[2];
    int64_t id = 0;
    enum doubt_verdict verdict = DOUBT_SENT;
    if (app_arguments(app, argc, argv, NULL, 0, words, 2, 2, &err) < 0 || !read_words(words, &id, &verdict, &err) || !app_db(app, &err) ||
        !settle(app, id, verdict, &err))
        return app_refuse(app, &err);
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_int(answer, "id", id);
        js_set_text(answer, "settled", DOUBT_VERDICT[verdict]);
        js_write(answer, stdout);
    } else
        printf("Envoi n° %" PRId64 " : %s.\n", id, DONE[verdict]);
    return EXIT_DONE;
}
