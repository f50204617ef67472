/* relais answered C FILE|ID… [--as-of DATE] · relais unanswered C ID… · relais withdraw C ID… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailer/campaign.h"
#include "mailer/cmd_import.h"
#include "mailer/enrolment.h"
#include "mailer/plan_view.h"
#include "mailer/reports/party_store.h"

enum { ID_TEXT = 16 };

/* Who is gone is spoken of where it still has its place; elsewhere its successor is meant. */
static bool in_its_place(struct db *db, int64_t campaign_id, const struct party *party, char id[ID_TEXT], struct err *err) {
    int64_t found;
    snprintf(id, ID_TEXT, "%.15s", party->id);
    if (!*party->successor) return true;
    int got = db_get_int(db, err, &found, "SELECT 1 FROM enrolment WHERE campaign_id = $1 AND party_id = $2 AND withdrawn = 0",
                         DB_I(campaign_id), DB_T(party->id));
    if (got == 0) snprintf(id, ID_TEXT, "%.15s", party->successor);
    return got >= 0;
}

/* The collectivity a word names, as the reference writes it. */
static bool find_id(struct db *db, int64_t campaign_id, const char *word, char id[ID_TEXT], struct err *err) {
    struct party party;
    bool found = party_find(db, word, &party, err);
    if (found && !party.relay) return in_its_place(db, campaign_id, &party, id, err);
    if (!found && strcmp(err->code, "UNKNOWN_PARTY") != 0) return false;
    return err_set(err, ERR_INPUT, "UNKNOWN_COLLECTIVITY",
                          "« %.200s » n'est ni un fichier qui existe ni une collectivité connue ; donnez son "
                          "code INSEE (29019) ou son SIREN",
                          word);
}

static bool enrolled(struct db *db, const struct campaign *campaign, const char *id, struct err *err) {
    int64_t found;
    int got = db_get_int(db, err, &found, "SELECT 1 FROM enrolment WHERE campaign_id = $1 AND party_id = $2",
                         DB_I(campaign->id), DB_T(id));
    if (got < 0) return false;
    return got || err_set(err, ERR_INPUT, "NOT_ENROLLED",
                          "la collectivité %s n'est pas inscrite à la campagne %s", id, campaign->name);
}

/* One fact about each of the words' collectivities; all or none. */
static bool add_all(struct app *app, const struct campaign *campaign, const char *const *words, size_t count,
                    enum enrolment_fact fact, const char *command, int64_t as_of_ms, struct err *err) {
    char origin[64], id[ID_TEXT];
    snprintf(origin, sizeof origin, "relais %s", command);
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    if (!tx) return false;
    for (size_t i = 0; i < count; i++)
        if (!find_id(app->db, campaign->id, words[i], id, err) ||
            (fact != FACT_ANSWERED && !enrolled(app->db, campaign, id, err)) ||
            !enrolment_add(app->db, campaign->id, id, fact, NULL, app_now_ms(app), origin, app->by_whom, err))
            return false;
    if (fact == FACT_ANSWERED && !campaign_learn_answers_as_of(app->db, campaign->id, as_of_ms, 0, app_now_ms(app), app->by_whom, err))
        return false;
    return tx_commit(TX_TAKE(tx), err);
}

struct wording {
    enum enrolment_fact fact;
    const char *command, *key, *one, *several;
};

static void say(const struct app *app, const struct campaign *campaign, const struct wording *wording,
                size_t count, int64_t as_of_ms) {
    char as_of[INSTANT_TEXT] = "";
    if (wording->fact == FACT_ANSWERED) zoned_instant(PARIS, as_of_ms, as_of);
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", campaign->name);
        js_set_int(answer, wording->key, (int64_t)count);
        if (*as_of) js_set_text(answer, "answers_as_of", as_of);
        js_write(answer, stdout);
    } else
        printf("Campagne %s : %zu %s.\n", campaign->name, count, count > 1 ? wording->several : wording->one);
}

static int of_ids(struct app *app, const char *const *words, int count, const struct wording *wording,
                  int64_t as_of_ms) {
    struct err err = {0};
    struct campaign campaign = {0};
    size_t parties = (size_t)count - 1;
    bool good = app_db(app, &err) && campaign_load(app->db, words[0], &campaign, &err) &&
                add_all(app, &campaign, words + 1, parties, wording->fact, wording->command, as_of_ms, &err);
    if (good) say(app, &campaign, wording, parties, as_of_ms);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}

static const struct wording ANSWERED = {FACT_ANSWERED, "answered", "answered", "réponse enregistrée",
                                        "réponses enregistrées"},
                            UNANSWERED = {FACT_UNANSWERED, "unanswered", "unanswered", "réponse retirée",
                                          "réponses retirées"},
                            WITHDRAWN = {FACT_WITHDRAWN, "withdraw", "withdrawn",
                                         "collectivité retirée : elle ne recevra plus rien",
                                         "collectivités retirées : elles ne recevront plus rien"};

/* Several words may follow: room for as many as there are. */
static int parse(struct app *app, int argc, char **argv, const char **as_of, const char **words,
                 struct err *err) {
    const struct app_option options[] = {{"--as-of", as_of, NULL}};
    return app_arguments(app, argc, argv, options, as_of ? COUNT(options) : 0, words, 2, argc, err);
}

static bool is_file(const char *word) {
    return !strcmp(word, "-") || !access(word, F_OK);
}

int cmd_answered(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *as_of = NULL, **words = mem_new((size_t)argc + 1, sizeof *words);
    int count = parse(app, argc, argv, &as_of, words, &err), code;
    /* The database first: a running daemon's artificial clock decides what "now" is. */
    bool good = count >= 0 && app_db(app, &err);
    int64_t now_ms = good ? app_now_ms(app) : 0, as_of_ms = now_ms;
    if (good && as_of) good = as_of_parse(as_of, now_ms, &as_of_ms, &err);
    if (good && count > 2 && is_file(words[1]))
        good = err_set(&err, ERR_INPUT, "USAGE",
                       "donnez un seul fichier, ou des codes : « %.200s » est de trop", words[2]);
    struct import_request request = {
        .file = words[1], .campaign = words[0], .as = "answered", .as_of_ms = as_of_ms};
    if (!good)
        code = app_refuse(app, &err);
    else if (is_file(words[1]))
        code = import_run(app, &request);
    else
        code = of_ids(app, words, count, &ANSWERED, as_of_ms);
    free(words);
    return code;
}

static int change(struct app *app, int argc, char **argv, const struct wording *wording) {
    struct err err = {0};
    const char **words = mem_new((size_t)argc + 1, sizeof *words);
    int count = parse(app, argc, argv, NULL, words, &err);
    int code = count < 0 ? app_refuse(app, &err) : of_ids(app, words, count, wording, 0);
    free(words);
    return code;
}

int cmd_unanswered(struct app *app, int argc, char **argv) {
    return change(app, argc, argv, &UNANSWERED);
}
int cmd_withdraw(struct app *app, int argc, char **argv) {
    return change(app, argc, argv, &WITHDRAWN);
}
