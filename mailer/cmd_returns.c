/* relais returns C [show N° | settle N° VERDICT]: what came back and needs a person. */
#include "mailer/cmd_returns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/inbox/facts.h"
#include "mailer/inbox/settle_store.h"
#include "mailer/reports/output.h"
#include "mailer/reports/party_store.h"

enum { WORDS = 5, RAW_BYTES = 256 << 20 };

/* -- what is asked for ---------------------------------------------------------------------------------------------- */
struct asked {
    const char *words[WORDS]; /* campaign, show or settle, number, verdict, its word */
    int count;
    const char *department, *kind, *path, *part;
    bool all, raw;
    int64_t id;
};

static bool read_id(struct asked *asked, struct err *err) {
    char *end;
    const char *word = asked->count > 2 ? asked->words[2] : "";
    asked->id = strtoll(word, &end, 10);
    return (*word && !*end && asked->id > 0) ||
           err_set(err, ERR_INPUT, "USAGE", "« %.40s » n'est pas un numéro de retour ; « relais returns %s » les montre", word, asked->words[0]);
}

static bool check_kind(const char *kind, struct err *err) {
    AUTO_BUF known = BUF_INIT(400);
    for (int i = 0; i < INBOUND_KINDS; i++) {
        if (!strcmp(kind, INBOUND_KIND[i])) return true;
        buf_add_format(&known, "%s%s", i ? ", " : "", INBOUND_KIND[i]);
    }
    return !*kind || err_set(err, ERR_INPUT, "USAGE", "--kind %.40s : choisissez %s", kind, buf_text(&known));
}

static bool check_department(struct db *db, struct asked *asked, char code[8], struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, "SELECT code FROM department WHERE code = UPPER($1)", DB_T(asked->department));
    int got = *asked->department ? db_next(rows, err) : 1;
    if (got == 0)
        return err_set(err, ERR_INPUT, "UNKNOWN_DEPARTMENT", "le département « %.40s » n'existe pas ; écrivez son code : 01 à 95, 2A, 2B, 971 à 989",
                       asked->department);
    if (*asked->department && got > 0) db_text_copy(rows, 0, code, 8), asked->department = code;
    return got > 0;
}

/* -- list, show ------------------------------------------------------------------------------------------------------- */
static bool list(struct app *app, const struct campaign *campaign, struct asked *asked, struct err *err) {
    struct returns returns = {0};
    char code[8] = "";
    bool good = check_kind(asked->kind, err) && check_department(app->db, asked, code, err);
    const struct returns_filter filter = {.department = asked->department, .kind = asked->kind, .all = asked->all};
    good = good && returns_load(app->db, campaign, &filter, app_now_ms(app), &returns, err) &&
           returns_list(app, campaign, &returns, asked->path, err);
    returns_release(&returns);
    return good;
}

static bool show(struct app *app, const struct campaign *campaign, struct asked *asked, struct err *err) {
    struct inbound_return one = {0};
    AUTO_BUF raw = BUF_INIT(RAW_BYTES);
    bool good = read_id(asked, err) && return_load(app->db, campaign, asked->id, app_now_ms(app), &one, err);
    if (good && asked->raw)
        good = return_raw(app->db, asked->id, &raw, err) && output_write(&raw, asked->path, err);
    else if (good)
        good = returns_show(app, campaign, &one, asked->path, err);
    return_release(&one);
    return good;
}

/* -- settle ----------------------------------------------------------------------------------------------------------- */
static bool read_verdict(const struct asked *asked, enum return_verdict *verdict, struct err *err) {
    const char *word = asked->count > 3 ? asked->words[3] : "";
    AUTO_BUF known = BUF_INIT(400);
    for (int i = 0; i < RETURN_VERDICTS; i++) {
        if (!strcmp(word, RETURN_VERDICT[i])) return *verdict = (enum return_verdict)i, true;
        buf_add_format(&known, "%s%s", i ? ", " : "", RETURN_VERDICT[i]);
    }
    return err_set(err, ERR_INPUT, "USAGE", "« %.40s » n'est pas un verdict ; choisissez %s", word, buf_text(&known));
}

/* The party a code names, as the reference writes it. */
static bool read_party(struct app *app, struct settling *settling, struct party *party, struct err *err) {
    if (settling->verdict != SETTLE_ATTACH || !settling->word) return true;
    if (!party_find(app->db, settling->word, party, err)) return false;
    settling->word = party->id;
    return true;
}

/* The message anew, for its rule to act on. */
static bool read_facts(struct app *app, const struct inbound_return *one, const struct settling *settling, struct inbound_facts *facts, struct err *err) {
    AUTO_BUF raw = BUF_INIT(RAW_BYTES);
    if (settling->verdict != SETTLE_ATTACH || !strcmp(one->reason, "too-large")) return facts_begin(facts, INBOUND_UNREAD), true;
    return return_raw(app->db, one->id, &raw, err) && inbound_read(buf_text(&raw), raw.length, facts, err);
}

static bool settle_one(struct app *app, const struct asked *asked, struct settling *settling, struct settled *settled, struct err *err) {
    struct inbound_return one = {0};
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    bool good = tx && return_load(app->db, settling->campaign, asked->id, settling->now_ms, &one, err) &&
                return_settle(app->db, &one, settling, settled, err) && tx_commit(TX_TAKE(tx), err);
    return_release(&one);
    return good;
}

static void say_settled(const struct app *app, const struct asked *asked, const struct settled *settled, const struct campaign *campaign) {
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", campaign->name);
        js_set_int(answer, "id", asked->id);
        js_set_text(answer, "verdict", asked->words[3]);
        js_set_bool(answer, "open", settled->open);
        js_set_text(answer, "party", *settled->party_id ? settled->party_id : NULL);
        js_set_text(answer, "address", *settled->address ? settled->address : NULL);
        if (settled->import_id) js_set_int(answer, "import_id", settled->import_id);
        js_write(answer, stdout);
        return;
    }
    printf("Retour n° %" PRId64 " : %s%s%s.\n", asked->id, settled->open ? "rattaché ; il reste à régler" : "réglé",
           *settled->address ? ", " : "", settled->address);
    if (settled->import_id) printf("« relais undo %" PRId64 " » retirerait cette adresse.\n", settled->import_id);
}

static bool settle(struct app *app, const struct campaign *campaign, struct asked *asked, struct err *err) {
    const struct soft_rules soft = soft_rules_read(app->settings);
    struct token_key key = {0};
    struct party party;
    struct settled settled;
    struct inbound_return one = {0};
    struct inbound_facts facts = {0};
    struct settling settling = {.campaign = campaign, .word = asked->count > 4 ? asked->words[4] : NULL, .facts = &facts, .key = &key, .soft = &soft,
                                .by_whom = app->by_whom, .now_ms = app_now_ms(app)};
    facts_begin(&facts, INBOUND_UNREAD);
    bool good = read_id(asked, err) && read_verdict(asked, &settling.verdict, err) && read_party(app, &settling, &party, err) &&
                return_load(app->db, campaign, asked->id, settling.now_ms, &one, err);
    inbound_facts_release(&facts);
    good = good && read_facts(app, &one, &settling, &facts, err) &&
           token_key_load(settings_path(app->settings, "sender", "key_file"), &key, err) && settle_one(app, asked, &settling, &settled, err);
    if (good) say_settled(app, asked, &settled, campaign);
    inbound_facts_release(&facts);
    return_release(&one);
    explicit_bzero(&key, sizeof key);
    return good;
}

/* -- the command ------------------------------------------------------------------------------------------------------- */
static bool run(struct app *app, struct asked *asked, struct err *err) {
    static const struct { const char *word; int most; bool (*act)(struct app *, const struct campaign *, struct asked *, struct err *); } ACTS[] = {
        {"", 1, list}, {"show", 3, show}, {"settle", 5, settle}};
    struct campaign campaign = {0};
    const char *word = asked->count > 1 ? asked->words[1] : "";
    size_t act = 0;
    while (act < COUNT(ACTS) && strcmp(ACTS[act].word, word) != 0) act++;
    if (act == COUNT(ACTS))
        return err_set(err, ERR_INPUT, "USAGE", "« %.40s » : écrivez show N° ou settle N° VERDICT, ou rien pour la liste", word);
    if (asked->count > ACTS[act].most) return err_set(err, ERR_INPUT, "USAGE", "« %.40s » est de trop", asked->words[ACTS[act].most]);
    bool good = app_db(app, err) && campaign_load(app->db, asked->words[0], &campaign, err) && ACTS[act].act(app, &campaign, asked, err);
    campaign_release(&campaign);
    return good;
}

int cmd_returns(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct asked asked = {.department = "", .kind = "", .part = "text"};
    const struct app_option options[] = {{.name = "--department", .text = &asked.department}, {.name = "--kind", .text = &asked.kind},
                                         {.name = "--output", .text = &asked.path}, {.name = "--part", .text = &asked.part},
                                         {.name = "--all", .flag = &asked.all}, {.name = "--raw", .flag = &asked.raw}};
    asked.count = app_arguments(app, argc, argv, options, COUNT(options), asked.words, 1, WORDS, &err);
    asked.raw |= !strcmp(asked.part, "source");
    bool good = asked.count >= 0 && (asked.raw || !strcmp(asked.part, "text") ||
                                     err_set(&err, ERR_INPUT, "USAGE", "--part %.40s : écrivez text ou source", asked.part));
    /* What is attached is read anew, in a process older than the base and the key (classify.h). */
    if (good && asked.count > 3 && !strcmp(asked.words[3], RETURN_VERDICT[SETTLE_ATTACH])) good = inbound_reader_open(INBOUND_ACTED_ON, &err);
    return good && (asked.raw || app_output_form(app, asked.path, &err)) && run(app, &asked, &err) ? EXIT_DONE : app_refuse(app, &err);
}
