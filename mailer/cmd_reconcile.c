/* relais reconcile [--dry-run] [--yes]: a database restored from a backup takes over what its send journal knows, and may send
 * again. Shown first; applied when a person says yes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/role_send_alone.h"
#include "mailer/role_settings.h"
#include "mailer/send/journal_store.h"
#include "mailer/send/reconcile_store.h"
#include "mailer/store_path.h"

/* How database and journal stand to each other. */
enum standing { IN_STEP, AHEAD, MISSING };
static const char *const STANDING[] = {[IN_STEP] = "in-step", [AHEAD] = "ahead", [MISSING] = "missing"};

struct reconcile {
    struct app *app;
    struct buf path;
    enum standing standing;
    struct journal_mark mark;
    struct journal_facts facts;
    struct sender_identity identity;
    struct token_key key;
    struct send_limits limits;
    struct reconciled counts;
};

/* -- what there is ------------------------------------------------------------------------------------------------ */
static struct only_sender *keep_senders_out(struct app *app, struct err *err) {
    struct only_sender *alone = only_sender_begin(app, err);
    if (!alone && !strcmp(err->code, "SECOND_SENDER"))
        err_set(err, ERR_INPUT, "SENDER_RUNS", "un expéditeur travaille sur cette base : arrêtez-le (relais daemon ou relais send), puis recommencez");
    return alone;
}

static bool look(struct reconcile *all, struct err *err) {
    struct app *app = all->app;
    struct err why = {0};
    if (!app_db(app, err) || !journal_mark_load(app->db, &all->mark, err)) return false;
    store_journal_path(app->settings, &all->path);
    if (!journal_facts_read(buf_text(&all->path), all->mark.turn, &all->facts, &why)) {
        if (strcmp(why.code, "JOURNAL_MISSING")) return *err = why, false;
        all->standing = all->mark.turn ? MISSING : IN_STEP;
        return true;
    }
    /* A backup from before its first sender does not know its own name; a database with another name is another one. */
    if (all->mark.store_id[0] && strcmp(all->mark.store_id, all->facts.store_id)) {
        AUTO(journal) foreign = journal_open(buf_text(&all->path), all->mark.store_id, err);
        return false;
    }
    all->standing = all->facts.last_turn > all->mark.turn ? AHEAD : IN_STEP;
    return all->standing == IN_STEP ||
           (sender_identity_read(app->settings, &all->identity, err) &&
            token_key_load(settings_path(app->settings, "sender", "key_file"), &all->key, err));
}

/* -- taking it over -------------------------------------------------------------------------------------------------- */
/* The journal's next turn, so that both have the same number again. Killed before it has that turn, or where it cannot be written by now,
 * it is one behind, and catches up by itself. */
static void write_turn(const struct reconcile *all, struct journal *journal) {
    struct err why = {0};
    if (!journal_write(journal, true, app_now_ms(all->app), &why)) log_write(LOG_WARNING, "%s", why.text);
}

static bool begin_anew(struct reconcile *all, struct err *err) {
    AUTO(journal) journal = journal_create(buf_text(&all->path), all->mark.store_id, all->mark.turn, err);
    return journal != NULL;
}

static bool apply(struct reconcile *all, bool commit, struct err *err) {
    struct app *app = all->app;
    all->counts = (struct reconciled){0};
    if (all->standing == IN_STEP) return true;
    if (all->standing == MISSING) return !commit || begin_anew(all, err);
    const struct reconciling with = {.db = app->db, .domain = strrchr(all->identity.from_address, '@') + 1, .key = &all->key, .limits = &all->limits,
                                     .now_ms = app_now_ms(app), .origin = "reconcile", .by_whom = app->by_whom};
    const char *store_id = all->mark.store_id[0] ? all->mark.store_id : all->facts.store_id;
    /* Refused before anything is changed, when it cannot be written. */
    AUTO(journal) journal = commit ? journal_open(buf_text(&all->path), store_id, err) : NULL;
    if (commit && !journal) return false;
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    if (!tx || !reconcile_facts(&with, &all->facts, &all->counts, err)) return false;
    if (!commit) return true;
    if (!journal_mark_set(app->db, store_id, all->facts.last_turn + 1, err) || !tx_commit(TX_TAKE(tx), err)) return false;
    return write_turn(all, journal), true;
}

/* -- saying it ---------------------------------------------------------------------------------------------------------- */
static void add_count(struct buf *out, int64_t number, const char *one, const char *several) {
    char text[300];
    if (!number) return;
    french_count(number, one, several, text, sizeof text);
    buf_add_format(out, "  %s\n", text);
}

static void say_counts(const struct reconcile *all, struct buf *out) {
    const struct reconciled *counts = &all->counts;
    add_count(out, counts->sent, "message accepté par le serveur : envoyé, il ne repartira pas", "messages acceptés par le serveur : envoyés, ils ne repartiront pas");
    add_count(out, counts->failed, "message refusé pour de bon : échec", "messages refusés pour de bon : échecs");
    add_count(out, counts->in_doubt, "message peut-être parti : en doute, retenu (relais doubts C)", "messages peut-être partis : en doute, retenus (relais doubts C)");
    add_count(out, counts->refused, "message refusé pour l'instant : il attend son tour", "messages refusés pour l'instant : ils attendent leur tour");
    add_count(out, counts->planned, "de ces envois n'était pas encore dans la sauvegarde : il est recréé", "de ces envois n'étaient pas encore dans la sauvegarde : ils sont recréés");
    add_count(out, counts->topped_up, "autre envoi de ces vagues n'était pas parti : il est planifié", "autres envois de ces vagues n'étaient pas partis : ils sont planifiés");
    add_count(out, counts->renumbered, "message planifié depuis prend un autre numéro", "messages planifiés depuis prennent un autre numéro");
    add_count(out, counts->kept, "envoi a changé d'état depuis : il reste comme il est, son historique le dit", "envois ont changé d'état depuis : ils restent comme ils sont, leur historique le dit");
    add_count(out, counts->waiting, "envoi d'une campagne, vague ou destinataire que la sauvegarde ne connaît pas : gardé en mémoire, il ne repartira pas si elle est recréée sous le même nom",
              "envois de campagnes, vagues ou destinataires que la sauvegarde ne connaît pas : gardés en mémoire, ils ne repartiront pas si elles sont recréées sous les mêmes noms");
}

static void say_text(const struct reconcile *all, struct buf *out) {
    char first[FRENCH_MOMENT], last[FRENCH_MOMENT];
    const char *path = buf_text(&all->path);
    if (all->standing == IN_STEP) {
        buf_add_format(out, "La base et son journal des envois (%s) vont ensemble : rien à rapprocher.\n", path);
        return;
    }
    if (all->standing == MISSING) {
        buf_add_format(out, "Le journal des envois %s manque. S'il est ailleurs, remettez-le plutôt à sa place.\n"
                       "Sans lui, rien ne dit si cette base est à jour : si elle vient d'une sauvegarde, ce qui est parti depuis repartira.\n"
                       "Un nouveau journal commencera, et l'envoi reprendra sur la foi de cette base.\n", path);
        return;
    }
    french_short_moment(PARIS, all->facts.first_ms, first);
    french_short_moment(PARIS, all->facts.last_ms, last);
    buf_add_format(out, "La base est plus ancienne que son journal des envois %s.\nIl lui manque ce qui est parti du %s au %s :\n", path, first, last);
    size_t before = out->length;
    say_counts(all, out);
    if (out->length == before) buf_add_text(out, "  aucun message : rien n'est parti entre-temps\n");
    if (all->facts.first_turn > all->mark.turn)
        buf_add_text(out, "ATTENTION : cette sauvegarde est plus ancienne que ce que le journal garde ; ce qui est parti avant lui repartira.\n");
    if (all->facts.damaged_bytes)
        buf_add_format(out, "ATTENTION : %" PRId64 " octets du journal sont illisibles ; ce qu'ils disaient n'est pas connu.\n", all->facts.damaged_bytes);
    buf_add_text(out, "Les listes importées, les réponses et les oppositions enregistrées depuis la sauvegarde n'y sont pas : reprenez-les avant de renvoyer.\n");
}

static void say_json(const struct reconcile *all, bool dry_run) {
    AUTO(js) answer = js_object();
    const struct reconciled *counts = &all->counts;
    const struct { const char *key; int64_t count; } COUNTS[] = {
        {"sent", counts->sent}, {"failed", counts->failed}, {"refused", counts->refused}, {"in_doubt", counts->in_doubt}, {"planned", counts->planned},
        {"topped_up", counts->topped_up}, {"waiting", counts->waiting}, {"kept", counts->kept}, {"renumbered", counts->renumbered},
        {"damaged_bytes", all->facts.damaged_bytes}};
    js_set_text(answer, "journal", buf_text(&all->path));
    js_set_text(answer, "standing", STANDING[all->standing]);
    js_set_bool(answer, "dry_run", dry_run);
    js_set_bool(answer, "older_than_journal", all->standing == AHEAD && all->facts.first_turn > all->mark.turn);
    for (size_t i = 0; i < 2; i++) {
        char instant[INSTANT_TEXT];
        int64_t at_ms = i ? all->facts.last_ms : all->facts.first_ms;
        zoned_instant(PARIS, at_ms, instant);
        js_set_text(answer, i ? "to" : "from", all->standing == AHEAD && at_ms >= 0 ? instant : NULL);
    }
    for (size_t i = 0; i < COUNT(COUNTS); i++) js_set_int(answer, COUNTS[i].key, COUNTS[i].count);
    js_write(answer, stdout);
}

static bool confirmed(void) {
    char line[64];
    fputs("\nAppliquer ? Tapez « oui » : ", stdout);
    fflush(stdout);
    return fgets(line, sizeof line, stdin) && (!strncmp(line, "oui", 3) || !strncmp(line, "OUI", 3));
}

/* Shown, asked, applied. *status: what the program says to its caller. */
static bool reconcile(struct reconcile *all, bool dry_run, bool yes, int *status, struct err *err) {
    AUTO_BUF text = BUF_INIT(1 << 16);
    bool as_json = all->app->format == APP_JSON, asks = !yes && !dry_run && !as_json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!look(all, err) || !apply(all, false, err)) return false;
    say_text(all, &text);
    if (!as_json) fputs(buf_text(&text), stdout);
    bool applies = all->standing != IN_STEP && !dry_run && (yes || (asks && confirmed()));
    if (applies && !apply(all, true, err)) return false;
    if (as_json) say_json(all, !applies);
    else if (applies) puts("Fait : l'envoi peut reprendre.");
    else if (all->standing != IN_STEP) puts(asks ? "Rien n'a été changé." : "Essai : rien n'a été changé (« relais reconcile --yes » l'applique).");
    *status = all->standing == IN_STEP || applies || dry_run ? EXIT_DONE : EXIT_PERSON;
    return true;
}

int cmd_reconcile(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct reconcile all = {.app = app, .path = BUF_INIT(4096)};
    bool dry_run = false, yes = false;
    int status = EXIT_REFUSED;
    const struct app_option options[] = {{"--dry-run", NULL, &dry_run}, {"--yes", NULL, &yes}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) >= 0 && app_settings(app, &err);
    if (good) all.limits = send_limits_read(app->settings);
    struct only_sender *alone = good ? keep_senders_out(app, &err) : NULL;
    good = alone && reconcile(&all, dry_run, yes, &status, &err);
    only_sender_end(alone, app);
    journal_facts_release(&all.facts);
    buf_release(&all.path);
    return good ? status : app_refuse(app, &err);
}
