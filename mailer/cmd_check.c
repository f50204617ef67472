/* relais check: everything that can be known before a campaign runs, one line a check. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "mailer/cmd_campaign.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/output.h"
#include "mailer/role_inbox_sources.h"
#include "mailer/role_settings.h"
#include "mailer/send/journal_store.h"
#include "mailer/store_path.h"
#include "schedules/french.h"
#include "schedules/zones.h"
#include "templates/mail_template.h"

enum outcome { OK, WARNING, FAILED };
struct checks { struct app *app; struct js *all; int worst; struct sending_settings sending; };

static void say(struct checks *checks, const char *name, enum outcome outcome, const char *text) {
    static const char *const WORDS[] = {[OK] = "ok", [WARNING] = "warning", [FAILED] = "failed"};
    if ((int)outcome > checks->worst) checks->worst = (int)outcome;
    if (checks->app->format != APP_TEXT) {
        struct js *one = js_object();
        js_set_text(one, "check", name);
        js_set_text(one, "outcome", WORDS[outcome]);
        js_set_text(one, "text", text);
        js_add(checks->all, one);
        return;
    }
    AUTO_BUF line = BUF_INIT(4000);
    text_add_padded(&line, WORDS[outcome], 9);
    text_add_padded(&line, name, 22);
    printf("%s%s\n", buf_text(&line), text);
}

static void say_result(struct checks *checks, const char *name, bool good, const char *text, const struct err *err) {
    char line[1200];
    say(checks, name, good ? OK : FAILED, good ? text : err_line(err, line, sizeof line));
}

static void check_store(struct checks *checks) {
    struct err err = {0};
    int64_t count = 0;
    bool good = app_db(checks->app, &err) && db_get_int(checks->app->db, &err, &count, "SELECT COUNT(*) FROM collectivity WHERE gone = 0") >= 0;
    char text[120];
    snprintf(text, sizeof text, "version %d, référentiel de %lld collectivités", good ? db_version(checks->app->db, &err) : 0, (long long)count);
    say_result(checks, "base", good, text, &err);
    if (good && !count) say(checks, "référentiel", FAILED, "vide ; recréez le dossier par « relais init »");
}

static void check_clock(struct checks *checks) {
    struct err err = {0};
    int64_t instant_ms;
    say_result(checks, "fuseaux horaires", zone_to_instant("Europe/Paris", 20000, 720, &instant_ms, &err), "Europe/Paris et outre-mer", &err);
}

static void check_closures(struct checks *checks) {
    struct err err = {0};
    char text[200] = "les jours fériés et les fins de semaine ; [schedule] closures en ajoute", first[FRENCH_DATE], last[FRENCH_DATE];
    bool good = app_closures(checks->app, &err);
    if (good && checks->app->closures) {
        struct closure_counts counts = closures_count(checks->app->closures);
        french_short_date(counts.first_day, first);
        french_short_date(counts.last_day, last);
        snprintf(text, sizeof text, "%zu fermetures partout, %zu par département, du %s au %s", counts.everywhere, counts.somewhere, first, last);
    }
    say_result(checks, "jours ouvrés", good, text, &err);
}

/* A sender that stops between commit and journal leaves it one turn behind: that is no trouble. */
static void check_journal(struct checks *checks) {
    struct err err = {0};
    struct journal_standing standing;
    AUTO_BUF path = BUF_INIT(4096), text = BUF_INIT(8192);
    store_journal_path(checks->app->settings, &path);
    bool good = journal_standing(checks->app->db, buf_text(&path), &standing, &err);
    if (good && !standing.turn) buf_add_text(&text, "il commencera avec le premier envoi");
    else if (good) buf_add_format(&text, "« %s », étape %" PRId64, buf_text(&path), standing.turn);
    bool warn = good && (standing.behind > 1 || standing.damaged_bytes);
    if (good && standing.behind > 1)
        buf_add_format(&text, " ; il a perdu les %" PRId64 " dernières, que le prochain expéditeur y récrira d'après la base", standing.behind);
    if (good && standing.damaged_bytes)
        buf_add_format(&text, " ; %" PRId64 " octets en sont illisibles : voyez le disque, et gardez de bonnes sauvegardes de la base", standing.damaged_bytes);
    if (warn) say(checks, "journal des envois", WARNING, buf_text(&text));
    else say_result(checks, "journal des envois", good, buf_text(&text), &err);
}

static void check_relay(struct checks *checks) {
    struct err err = {0};
    bool good = sending_settings_read(checks->app, &checks->sending, &err);
    say_result(checks, "expéditeur et clé", good, checks->sending.identity.from_address, &err);
    if (!good) return;
    for (size_t i = 0; i < checks->sending.relay_count; i++) {
        const struct relay_settings *relay = &checks->sending.relays[i];
        char name[RELAY_NAME + 20], text[400];
        err = (struct err){0};
        snprintf(name, sizeof name, checks->sending.relay_count > 1 ? "serveur [%s]" : "serveur d'envoi", relay->name);
        snprintf(text, sizeof text, "%s%s", relay->relay.url, relay->weight || checks->sending.relay_count == 1 ? "" : " (de secours : weight = 0)");
        say_result(checks, name, sender_try(&relay->relay, &err), text, &err);
    }
    if (!checks->sending.identity.public_link[0]) say(checks, "lien public", WARNING, "[sender] public_link est vide : les messages n'auront pas de lien");
}

static bool signs(struct signing_key *key, struct err *err) {
    uint8_t digest[SHA256_BYTES];
    AUTO_BUF signature = BUF_INIT(4096);
    sha256("relais", strlen("relais"), digest);
    return signing_sign(key, digest, &signature, err) &&
           (signing_verify(key, digest, buf_text(&signature), signature.length) ||
            err_set(err, ERR_INPUT, "SIGNING_KEY", "la clé signe, mais sa moitié publique ne reconnaît pas la signature ; créez-en une autre"));
}

/* One line a key: what it is, and what to publish for it. */
static void check_dkim(struct checks *checks) {
    const struct dkim_settings *dkim = &checks->sending.identity.dkim;
    for (size_t i = 0; i < DKIM_KEYS && *dkim->domain; i++) {
        struct err err = {0};
        if (!dkim->keys[i].file) continue;
        AUTO(signing_key) key = signing_key_load(dkim->keys[i].file, &err);
        AUTO_BUF text = BUF_INIT(8192);
        bool good = key && signs(key, &err), rsa = good && signing_key_kind(key) == SIGNING_RSA, weak = rsa && signing_key_bits(key) < 2048;
        if (good) {
            buf_add_format(&text, "%s%s ; à publier : ", rsa ? "rsa-sha256" : "ed25519-sha256",
                           weak ? ", clé de moins de 2048 bits : créez-en une plus longue" : "");
            dkim_record(dkim->domain, dkim->keys[i].selector, key, &text);
        }
        if (weak) say(checks, "DKIM", WARNING, buf_text(&text));
        else say_result(checks, "DKIM", good, buf_text(&text), &err);
    }
}

static void check_inbox(struct checks *checks) {
    const struct settings *settings = checks->app->settings;
    size_t sources = 0;
    for (size_t i = 0;; i++) {
        const char *section = settings_section(settings, "inbox", i);
        if (!section) break;
        struct inbox_source opened;
        struct err err = {0};
        char text[1000] = "";
        if (!inbox_source_named(settings, section)) continue;
        sources++;
        bool good = inbox_source_open(settings, section, &opened, &err);
        if (good) {
            good = opened.source.driver->look(opened.source.state, text, sizeof text, &err);
            mail_source_close(&opened.source);
        }
        say_result(checks, section, good, text, &err);
    }
    if (!sources) say(checks, "retours", WARNING, "aucun [inbox] maildir, mbox ou imap_url : ce qui revient ne sera pas lu");
}

static bool check_templates(struct app *app, int64_t campaign_id, struct err *err) {
        bool good = true;
    AUTO(db_rows) rows = db_query(app->db, err,
                                  "SELECT t.name, d.bytes FROM campaign_template t JOIN document d ON d.sha256 = t.sha256 WHERE t.campaign_id = $1 AND t.name LIKE '%.md'",
                                  DB_I(campaign_id));
    int got = -1;
    while (good && (got = db_next(rows, err)) > 0) {
        size_t length;
        const char *text = db_bytes(rows, 1, &length);
        AUTO(mail_template) parsed = mail_template_parse(db_text(rows, 0), text, length, err);
        good = parsed != NULL;
    }
    return good && got == 0;
}

static void check_files(struct checks *checks, const char *name, const struct campaign *campaign) {
    struct err err = {0};
    AUTO(js) differing = campaign_files_differing(checks->app, campaign, &err);
    AUTO_BUF sentence = BUF_INIT(1 << 16);
    if (differing) campaign_files_sentence(differing, campaign->name, &sentence);
    if (sentence.length) say(checks, name, WARNING, buf_text(&sentence));
}

static void check_campaigns(struct checks *checks) {
    struct app *app = checks->app;
    int64_t ids[64];
    size_t count = 0;
    struct err err = {0};
    {
        AUTO(db_rows) rows = db_query(app->db, &err, "SELECT id FROM campaign WHERE state <> 'cancelled' ORDER BY id");
        while (count < COUNT(ids) && db_next(rows, &err) > 0) ids[count++] = db_int(rows, 0);
    }
    for (size_t i = 0; i < count; i++) {
        struct campaign campaign;
        err = (struct err){0};
        bool good = campaign_load_id(app->db, ids[i], &campaign, &err) && check_templates(app, ids[i], &err);
        char name[100];
        snprintf(name, sizeof name, "campagne %s", campaign.name[0] ? campaign.name : "?");
        say_result(checks, name, good, "calendrier et modèles compris", &err);
        if (good) check_files(checks, name, &campaign);
        if (good && campaign.state == CAMPAIGN_STARTED && *checks->sending.identity.from_address) {
            AUTO_BUF identity = BUF_INIT(8192);
            char approval[65];
            sender_identity_text(&checks->sending.identity, &identity);
            if (campaign_approval(app->db, &campaign, buf_text(&identity), approval, &err) && strcmp(approval, campaign.approval))
                say(checks, name, WARNING, "les modèles, le calendrier ou l'expéditeur ont changé depuis le départ : rien ne part avant un nouveau « relais start »");
        }
        campaign_release(&campaign);
    }
}

static bool say_csv(const struct js *all, struct err *err) {
    static const char *const KEYS[] = {"check", "outcome", "text"}, *const TITLES[] = {"Vérification", "Résultat", "Détail"};
    AUTO_BUF out = BUF_INIT(1 << 20);
    struct csv csv = csv_begin(&out);
    for (size_t i = 0; i < COUNT(TITLES); i++) csv_text(&csv, TITLES[i]);
    csv_end_row(&csv);
    for (size_t i = 0; i < js_count(all); i++) {
        for (size_t k = 0; k < COUNT(KEYS); k++) csv_text(&csv, js_text(js_get(js_at(all, i), KEYS[k])));
        csv_end_row(&csv);
    }
    return output_write(&out, NULL, err);
}

int cmd_check(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct checks checks = {.app = app};
    if (app_arguments(app, argc, argv, NULL, 0, NULL, 0, 0, &err) < 0 || !app_settings(app, &err)) return app_refuse(app, &err);
    checks.all = js_array();
    say(&checks, "configuration", OK, settings_file(app->settings));
    check_store(&checks);
    if (app->db) check_journal(&checks);
    check_clock(&checks);
    check_closures(&checks);
    check_relay(&checks);
    check_dkim(&checks);
    check_inbox(&checks);
    if (app->db) check_campaigns(&checks);
    sending_settings_release(&checks.sending);
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set(answer, "checks", checks.all);
        js_write(answer, stdout);
        return checks.worst == FAILED ? EXIT_REFUSED : EXIT_DONE;
    }
    bool written = app->format != APP_CSV || say_csv(checks.all, &err);
    js_free(checks.all);
    if (!written) return app_refuse(app, &err);
    return checks.worst == FAILED ? EXIT_REFUSED : EXIT_DONE;
}
