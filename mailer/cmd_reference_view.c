/* What an update of the reference changed: one JSON object, a page for people, a table for spreadsheets. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_reference.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/french_numbers.h"

enum { SHOWN = 20 }; /* of each kind in the page; JSON and CSV give all */

size_t reference_without_successor(const struct reference_answer *answer) {
    size_t count = 0;
    for (size_t i = 0; i < answer->change.vanished_count; i++) count += !answer->change.vanished[i].into;
    return count;
}

/* -- JSON ------------------------------------------------------------------------------------------------ */
static struct js *extent(const struct reference *reference, int year) {
    size_t count, communes = 0;
    if (!reference) return NULL;
    const struct collectivity *all = reference_all(reference, &count);
    for (size_t i = 0; i < count; i++) communes += *all[i].insee != '\0';
    struct js *one = js_object();
    js_set_int(one, "year", year);
    js_set_int(one, "communes", (int64_t)communes);
    js_set_int(one, "groupings", (int64_t)(count - communes));
    return one;
}

static struct js *add_one(struct js *array, const char *id, const char *name) {
    struct js *one = js_object();
    js_set_text(one, "id", id);
    if (name) js_set_text(one, "name", name);
    js_add(array, one);
    return one;
}

static struct js *added(const struct reference_change *change, bool restored) {
    struct js *array = js_array();
    for (size_t i = 0; i < change->added_count; i++) {
        const struct reference_added *from = &change->added[i];
        if (restored && !from->from) continue;
        struct js *one = add_one(array, from->who->id, from->who->name);
        if (restored) js_set_text(one, "from", from->from);
        else {
            js_set_text(one, "type", from->who->type);
            js_set_text(one, "department", from->who->department);
        }
    }
    return array;
}

static struct js *renamed(const struct reference_change *change) {
    struct js *array = js_array();
    for (size_t i = 0; i < change->altered_count; i++) {
        if (!reference_renamed(&change->altered[i])) continue;
        struct js *one = add_one(array, change->altered[i].now->id, NULL);
        js_set_text(one, "was", change->altered[i].was->name);
        js_set_text(one, "now", change->altered[i].now->name);
    }
    return array;
}

static struct js *moved(const struct reference_change *change) {
    struct js *array = js_array();
    for (size_t i = 0; i < change->altered_count; i++) {
        const struct reference_altered *from = &change->altered[i];
        if (!strcmp(from->was->department, from->now->department)) continue;
        struct js *one = add_one(array, from->now->id, from->now->name);
        js_set_text(one, "was", from->was->department);
        js_set_text(one, "now", from->now->department);
    }
    return array;
}

static struct js *vanished(const struct reference_change *change) {
    struct js *array = js_array();
    for (size_t i = 0; i < change->vanished_count; i++) {
        const struct reference_vanished *from = &change->vanished[i];
        struct js *one = add_one(array, from->who->id, from->who->name);
        js_set_text(one, "type", from->who->type);
        js_set_text(one, "department", from->who->department);
        js_set_text(one, "successor", from->into ? from->into->id : NULL);
        js_set_text(one, "successor_name", from->into ? from->into->name : NULL);
        if (*from->members_now) js_set_text(one, "members_now", from->members_now);
    }
    return array;
}

static struct js *enrolments(const struct successions *successions) {
    struct js *array = js_array();
    for (size_t i = 0; i < successions->count; i++) {
        const struct succession *from = &successions->all[i];
        struct js *one = add_one(array, from->id, NULL);
        js_set_text(one, "campaign", from->campaign);
        js_set_text(one, "successor", *from->successor ? from->successor : NULL);
        js_set_text(one, "outcome", SUCCESSION_OUTCOME[from->outcome]);
    }
    return array;
}

static void set_or_null(struct js *object, const char *key, struct js *value) {
    if (value) js_set(object, key, value);
    else js_set_null(object, key);
}

struct js *reference_answer_json(const struct reference_answer *answer) {
    const struct reference_change *change = &answer->change;
    struct js *json = js_object(), *warnings = js_array();
    for (size_t i = 0; i < answer->remarks.count; i++) js_add_text(warnings, answer->remarks.all[i]);
    js_set_int(json, "year", answer->year);
    js_set_bool(json, "dry_run", answer->dry_run);
    js_set_bool(json, "changed", answer->year != answer->year_before || !reference_change_none(change));
    set_or_null(json, "before", extent(answer->before, answer->year_before));
    set_or_null(json, "after", extent(answer->read, answer->year));
    js_set(json, "added", added(change, false));
    js_set(json, "restored", added(change, true));
    js_set(json, "renamed", renamed(change));
    js_set(json, "moved", moved(change));
    js_set_int(json, "regrouped", (int64_t)change->regrouped_count);
    js_set(json, "vanished", vanished(change));
    js_set_int(json, "without_successor", (int64_t)reference_without_successor(answer));
    js_set_int(json, "former_codes", (int64_t)change->former_count);
    js_set_int(json, "contacts_followed", answer->contacts);
    js_set(json, "enrolments", enrolments(&answer->successions));
    js_set(json, "warnings", warnings);
    return json;
}

/* -- text ------------------------------------------------------------------------------------------------ */
static void add_name(struct buf *out, const struct collectivity *who) {
    text_printable(out, who->name, strlen(who->name));
    buf_add_format(out, " (%s)", who->id);
}

static void heading(struct buf *out, size_t count, const char *one, const char *several) {
    char text[200];
    french_count((int64_t)count, one, several, text, sizeof text);
    buf_add_format(out, "\n%s\n", text);
}

static void rest(struct buf *out, size_t count) {
    if (count > SHOWN) buf_add_format(out, "  … et %zu de plus (toutes dans --format json ou csv)\n", count - SHOWN);
}

static void say_added(const struct reference_change *change, struct buf *out) {
    if (!change->added_count) return;
    heading(out, change->added_count, "nouvelle", "nouvelles");
    for (size_t i = 0; i < change->added_count && i < SHOWN; i++) {
        buf_add_text(out, "  ");
        add_name(out, change->added[i].who);
        if (change->added[i].from) buf_add_format(out, " : rétablie, elle faisait partie de %s", change->added[i].from);
        buf_add_char(out, '\n');
    }
    rest(out, change->added_count);
}

static void say_renamed(const struct reference_change *change, struct buf *out) {
    size_t said = 0;
    if (!change->renamed_count) return;
    heading(out, change->renamed_count, "renommée", "renommées");
    for (size_t i = 0; i < change->altered_count && said < SHOWN; i++) {
        if (!reference_renamed(&change->altered[i])) continue;
        said++;
        buf_add_text(out, "  ");
        add_name(out, change->altered[i].was);
        buf_add_text(out, " s'appelle désormais ");
        text_printable(out, change->altered[i].now->name, strlen(change->altered[i].now->name));
        buf_add_char(out, '\n');
    }
    rest(out, change->renamed_count);
}

static void say_vanished(const struct reference_change *change, bool with_successor, size_t count, struct buf *out) {
    size_t said = 0;
    if (!count) return;
    if (with_successor) heading(out, count, "disparue, une autre lui succède", "disparues, d'autres leur succèdent");
    else heading(out, count, "disparue sans successeur connu : à vérifier", "disparues sans successeur connu : à vérifier");
    for (size_t i = 0; i < change->vanished_count && (said < SHOWN || !with_successor); i++) {
        const struct reference_vanished *one = &change->vanished[i];
        if ((one->into != NULL) != with_successor) continue;
        said++;
        buf_add_text(out, "  ");
        add_name(out, one->who);
        if (one->into) buf_add_text(out, " → "), add_name(out, one->into);
        else if (*one->members_now) buf_add_format(out, " : ses communes sont maintenant dans %s", one->members_now);
        buf_add_char(out, '\n');
    }
    if (with_successor) rest(out, count);
    else buf_add_text(out, "  Si vous connaissez le successeur, ajoutez une ligne à anciennes-communes.csv (code_ancien;nom_ancien;nature;"
                           "code_actuel)\n  et chargez de nouveau ; sinon, « relais withdraw C CODE » les retire d'une campagne.\n");
}

static void say_enrolments(const struct successions *successions, struct buf *out) {
    static const char *const WORDS[] = {[SUCCESSION_FOLLOWED] = "passe à", [SUCCESSION_KEPT] = "garde sa réponse sous son ancien code, auprès de",
                                        [SUCCESSION_ENDED] = "s'arrête, déjà inscrite :", [SUCCESSION_WAITS] = "attend votre décision"};
    if (!successions->count) return;
    heading(out, successions->count, "inscription de campagne en cours touchée", "inscriptions de campagnes en cours touchées");
    for (size_t i = 0; i < successions->count && i < SHOWN; i++)
        buf_add_format(out, "  %s, %s : %s %s\n", successions->all[i].campaign, successions->all[i].id,
                       WORDS[successions->all[i].outcome], successions->all[i].successor);
    rest(out, successions->count);
}

void reference_answer_text(const struct reference_answer *answer, struct buf *out) {
    const struct reference_change *change = &answer->change;
    size_t without = reference_without_successor(answer);
    size_t count;
    reference_all(answer->read, &count);
    char figure[FRENCH_NUMBER];
    french_integer((int64_t)count, figure);
    buf_add_format(out, "Référentiel %d : %s collectivités", answer->year, figure);
    if (answer->year_before) buf_add_format(out, " (en vigueur jusqu'ici : %d)", answer->year_before);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < answer->remarks.count; i++) buf_add_format(out, "  attention : %s\n", answer->remarks.all[i]);
    if (answer->year == answer->year_before && reference_change_none(change)) {
        buf_add_text(out, "Rien ne change : il est déjà chargé.\n");
        return;
    }
    say_added(change, out);
    say_renamed(change, out);
    say_vanished(change, true, change->vanished_count - without, out);
    say_vanished(change, false, without, out);
    say_enrolments(&answer->successions, out);
    if (answer->contacts) heading(out, (size_t)answer->contacts, "adresse suit", "adresses suivent");
    buf_add_text(out, answer->dry_run ? "\nEssai : rien n'a été changé.\n" : "\nChargé.\n");
}

/* -- CSV ------------------------------------------------------------------------------------------------- */
static void csv_row(struct csv *csv, const char *what, const struct collectivity *who, const char *was, const char *now_id, const char *now) {
    const char *const cells[] = {what, who->id, was, who->department, now_id, now};
    for (size_t i = 0; i < COUNT(cells); i++) csv_text(csv, cells[i]);
    csv_end_row(csv);
}

void reference_answer_csv(const struct reference_answer *answer, struct buf *out) {
    static const char *const WORDS[] = {"Changement", "Code", "Nom", "Département", "Code actuel", "Nom actuel"};
    const struct reference_change *change = &answer->change;
    struct csv csv = csv_begin(out);
    for (size_t i = 0; i < COUNT(WORDS); i++) csv_text(&csv, WORDS[i]);
    csv_end_row(&csv);
    for (size_t i = 0; i < change->added_count; i++)
        csv_row(&csv, change->added[i].from ? "rétablie" : "nouvelle", change->added[i].who, "", change->added[i].who->id, change->added[i].who->name);
    for (size_t i = 0; i < change->altered_count; i++)
        if (reference_renamed(&change->altered[i]))
            csv_row(&csv, "renommée", change->altered[i].was, change->altered[i].was->name, change->altered[i].now->id, change->altered[i].now->name);
    for (size_t i = 0; i < change->vanished_count; i++) {
        const struct reference_vanished *one = &change->vanished[i];
        csv_row(&csv, one->into ? "disparue" : "disparue sans successeur connu", one->who, one->who->name, one->into ? one->into->id : "",
                one->into ? one->into->name : "");
    }
}
