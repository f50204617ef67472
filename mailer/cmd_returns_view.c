/* Returns in words, as a table, as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_returns.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/output.h"
#include "mailer/reports/table_out.h"
#include "mailer/reports/text_table.h"

enum { RETURNS_BYTES = 1 << 28, BEGINNING_COLUMNS = 56, CELL_BYTES = 4000 };

/* -- words ---------------------------------------------------------------------------------------------------- */
struct word { const char *code, *text; };

static const char *word_of(const struct word *words, size_t count, const char *code) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(words[i].code, code)) return words[i].text;
    return code;
}

static const char *kind_text(const char *kind) {
    static const struct word WORDS[] = {{"hard", "échec définitif"}, {"soft", "échec passager"}, {"delivered", "avis de remise"},
                                        {"complaint", "plainte"}, {"autoreply", "réponse automatique"}, {"challenge", "filtre à confirmer"},
                                        {"unsubscribe", "opposition"}, {"reply", "réponse"}, {"other", "autre"}, {"unread", "illisible"}};
    return word_of(WORDS, COUNT(WORDS), kind);
}

static const char *sort_text(const char *sort) {
    static const struct word WORDS[] = {{"answered", "déjà répondu"}, {"not-concerned", "non concernée"}, {"question", "question"},
                                        {"wrong-person", "mauvais interlocuteur"}, {"objection", "opposition"}, {"other", ""}};
    return word_of(WORDS, COUNT(WORDS), sort);
}

static const char *settled_text(const char *settled) {
    static const struct word WORDS[] = {
        {"auto", "par sa règle"}, {"answered", "a répondu à l'enquête"}, {"not-concerned", "non concernée, retirée"}, {"question", "question"},
        {"wrong-person", "mauvais interlocuteur"}, {"other", "autre"}, {"none", "sans suite"}, {"objection", "opposition"}, {"dead", "adresse morte"},
        {"attach", "rattaché"}, {"accept-address", "adresse acceptée"}, {"refuse-address", "adresse refusée"}};
    return word_of(WORDS, COUNT(WORDS), settled);
}

static void add_nature(const struct inbound_return *one, struct buf *out) {
    buf_add_text(out, kind_text(one->kind));
    if (*sort_text(one->reply_sort)) buf_add_format(out, " : %s", sort_text(one->reply_sort));
}

/* What is to be done about it, or what was. */
static void add_todo(const struct inbound_return *one, struct buf *out) {
    static const char *const TODO[RETURN_NEEDS] = {
        [NEED_UNMATCHED] = "dire de qui il vient : attach CODE, ou none", [NEED_LIKELY] = "sans preuve : attach s'il est bien d'elle, ou none",
        [NEED_REPLY] = "lire et régler", [NEED_NEW_ADDRESS] = "accept-address ou refuse-address : ", [NEED_CHALLENGE] = "répondre au filtre, puis other",
        [NEED_FORWARD] = "une adresse de renvoi est morte : dead, ou none", [NEED_UNREAD] = "lire l'original (--raw)", [NEED_OTHER] = "lire et régler"};
    char when[FRENCH_MOMENT];
    if (one->need != NEED_NONE) {
        buf_add_text(out, TODO[one->need]);
        if (one->need == NEED_NEW_ADDRESS) buf_add_text(out, one->proposal);
        if (one->hold_until_ms < 0) return;
        french_short_moment(PARIS, one->hold_until_ms, when);
        buf_add_format(out, " (rappels suspendus jusqu'au %s)", when);
        return;
    }
    buf_add_format(out, "réglé : %s", settled_text(one->settled));
    french_short_moment(PARIS, one->settled_ms, when);
    if (*one->settled_by) buf_add_format(out, ", par %s le %s", one->settled_by, when);
}

/* The words it begins with, on one line. */
static void add_beginning(const struct inbound_return *one, struct buf *out) {
    AUTO_BUF line = BUF_INIT(CELL_BYTES);
    const char *text = *one->text ? one->text : one->subject;
    text_printable(&line, text, strnlen(text, CELL_BYTES / 4));
    const char *at = buf_text(&line), *end = at + line.length;
    for (size_t columns = 0; at < end && columns < BEGINNING_COLUMNS; columns++) {
        const char *from = at;
        utf8_next(&at, end);
        buf_add(out, from, (size_t)(at - from));
    }
    if (at < end) buf_add_text(out, "…");
}

static void add_party(const struct inbound_return *one, struct buf *out) {
    if (!*one->party_id) buf_add_text(out, "?");
    else buf_add_format(out, "%s (%s)%s", one->party_name, one->party_id, one->need == NEED_LIKELY ? " ?" : "");
}

/* -- JSON ------------------------------------------------------------------------------------------------------- */
static void set_instant(struct js *object, const char *key, int64_t at_ms) {
    char instant[INSTANT_TEXT];
    zoned_instant(PARIS, at_ms, instant);
    js_set_text(object, key, at_ms >= 0 ? instant : NULL);
}

static void set_given(struct js *object, const char *key, const char *text) { js_set_text(object, key, *text ? text : NULL); }

static struct js *json_of(const struct inbound_return *one) {
    struct js *object = js_object();
    js_set_int(object, "id", one->id);
    set_instant(object, "at", one->received_ms);
    js_set_text(object, "kind", one->kind);
    set_given(object, "reply_sort", one->reply_sort);
    js_set_text(object, "needs", *RETURN_NEED[one->need] ? RETURN_NEED[one->need] : NULL);
    js_set_text(object, "proof", *one->vouched_by ? "person" : one->proof);
    set_given(object, "party", one->party_id);
    set_given(object, "name", one->party_name);
    set_given(object, "department", one->department);
    set_given(object, "wave", one->wave);
    set_given(object, "address", one->address);
    js_set_text(object, "sender", one->sender);
    js_set_text(object, "subject", one->subject);
    js_set_text(object, "status", one->status);
    js_set_text(object, "reason", one->reason);
    js_set_text(object, "text", one->text);
    set_given(object, "new_address", one->proposal);
    set_given(object, "decision", one->decision);
    set_instant(object, "hold_until", one->hold_until_ms);
    set_given(object, "settled", one->settled);
    set_instant(object, "settled_at", one->settled_ms);
    set_given(object, "settled_by", one->settled_by);
    js_set_text(object, "source", one->source);
    js_set_text(object, "message_id", one->message_id);
    return object;
}

static bool list_json(const struct campaign *campaign, const struct returns *returns, const char *path, struct err *err) {
    AUTO_BUF out = BUF_INIT(RETURNS_BYTES);
    AUTO(js) answer = js_object();
    struct js *all = js_array();
    js_set_text(answer, "campaign", campaign->name);
    for (size_t i = 0; i < returns->count; i++) js_add(all, json_of(&returns->all[i]));
    js_set(answer, "returns", all);
    js_add_to(answer, &out);
    buf_add_char(&out, '\n');
    return output_write(&out, path, err);
}

/* -- a list ------------------------------------------------------------------------------------------------------ */
static bool list_csv(const struct returns *returns, const char *path, struct err *err) {
    static const struct table_column COLUMNS[] = {{"N°", 8}, {"Reçu le", 18}, {"Nature", 30}, {"Code", 12}, {"Collectivité", 30}, {"Département", 8},
                                                  {"Vague", 16}, {"Expéditeur", 34}, {"Objet", 40}, {"Texte", 60}, {"À faire", 40}};
    AUTO(table_out) table = table_out_open(path, TABLE_CSV, COLUMNS, COUNT(COLUMNS), err);
    for (size_t i = 0; table && i < returns->count; i++) {
        const struct inbound_return *one = &returns->all[i];
        AUTO_BUF nature = BUF_INIT(CELL_BYTES), todo = BUF_INIT(CELL_BYTES);
        add_nature(one, &nature);
        add_todo(one, &todo);
        table_number(table, one->id);
        table_moment(table, PARIS, one->received_ms);
        table_text(table, buf_text(&nature));
        table_code(table, one->party_id);
        table_text(table, one->party_name);
        table_code(table, one->department);
        table_text(table, one->wave);
        table_text(table, one->sender);
        table_text(table, one->subject);
        table_text(table, one->text);
        table_text(table, buf_text(&todo));
        table_end_row(table);
    }
    return table && table_out_commit(table, err);
}

static void add_verdicts(const struct campaign *campaign, struct buf *out) {
    buf_add_format(out, "\n  relais returns %s show N°              le lire ; --raw écrit l'original\n"
                        "  relais returns %s settle N° VERDICT    le régler :\n"
                        "      answered          la collectivité a répondu à l'enquête\n"
                        "      not-concerned     elle n'est pas concernée : retirée de la campagne\n"
                        "      objection         ne plus lui écrire, définitivement\n"
                        "      question, wrong-person, other   traité ; les rappels reprennent\n"
                        "      none              sans suite\n"
                        "      dead              l'adresse est morte : l'adresse suivante prend le relais\n"
                        "      attach [CODE]     c'est bien d'elle (ou de CODE) : sa règle s'applique\n"
                        "      accept-address [ADRESSE], refuse-address   l'adresse proposée devient la première, ou non\n",
                   campaign->name, campaign->name);
}

static bool list_text(const struct campaign *campaign, const struct returns *returns, const char *path, struct err *err) {
    static const struct text_column COLUMNS[] = {{"N°", true}, {"Reçu le", false}, {"Nature", false}, {"De", false}, {"Texte", false}, {"À faire", false}};
    AUTO_BUF out = BUF_INIT(RETURNS_BYTES);
    char count[120];
    if (!returns->count) {
        buf_add_format(&out, "Campagne %s : aucun retour à regarder.\n", campaign->name);
        return output_write(&out, path, err);
    }
    french_count((int64_t)returns->count, "retour", "retours", count, sizeof count);
    buf_add_format(&out, "Campagne %s : %s.\n\n", campaign->name, count);
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < returns->count; i++) {
        const struct inbound_return *one = &returns->all[i];
        AUTO_BUF nature = BUF_INIT(CELL_BYTES), party = BUF_INIT(CELL_BYTES), beginning = BUF_INIT(CELL_BYTES), todo = BUF_INIT(CELL_BYTES);
        char number[24], when[FRENCH_MOMENT];
        add_nature(one, &nature);
        add_party(one, &party);
        add_beginning(one, &beginning);
        add_todo(one, &todo);
        snprintf(number, sizeof number, "%" PRId64, one->id); /* to be typed again: no thin spaces */
        french_short_moment(PARIS, one->received_ms, when);
        const char *const cells[] = {number, when, buf_text(&nature), buf_text(&party), buf_text(&beginning), buf_text(&todo)};
        for (size_t k = 0; k < COUNT(cells); k++) text_table_add(table, cells[k]);
    }
    text_table_write(table, false, output_colour(path), &out);
    add_verdicts(campaign, &out);
    return output_write(&out, path, err);
}

bool returns_list(const struct app *app, const struct campaign *campaign, const struct returns *returns, const char *path, struct err *err) {
    return app->format == APP_JSON  ? list_json(campaign, returns, path, err)
           : app->format == APP_CSV ? list_csv(returns, path, err)
                                    : list_text(campaign, returns, path, err);
}

/* -- one ----------------------------------------------------------------------------------------------------------- */
static void add_line(struct buf *out, const char *label, const char *text) {
    if (!*text) return;
    text_add_padded(out, label, 14);
    text_printable(out, text, strlen(text));
    buf_add_char(out, '\n');
}

/* Line by line: its line breaks stay, nothing else of it may move a cursor. */
static void add_text(struct buf *out, const char *text) {
    for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");
        buf_add_text(out, "    ");
        text_printable(out, line, (size_t)(end - line));
        buf_add_char(out, '\n');
    }
}

static void show_text(const struct campaign *campaign, const struct inbound_return *one, struct buf *out) {
    AUTO_BUF nature = BUF_INIT(CELL_BYTES), party = BUF_INIT(CELL_BYTES), todo = BUF_INIT(CELL_BYTES), proof = BUF_INIT(CELL_BYTES);
    char when[FRENCH_MOMENT];
    add_nature(one, &nature);
    add_party(one, &party);
    add_todo(one, &todo);
    french_short_moment(PARIS, one->received_ms, when);
    buf_add_format(&proof, "%s", *one->vouched_by                  ? "rattaché par "
                                 : !strcmp(one->proof, "token")  ? "jeton"
                                 : !strcmp(one->proof, "likely") ? "aucune : seulement probable"
                                                                 : "aucune");
    buf_add_text(&proof, one->vouched_by);
    buf_add_format(out, "Retour n° %" PRId64 ", campagne %s\n\n", one->id, campaign->name);
    add_line(out, "Reçu le", when);
    add_line(out, "Nature", buf_text(&nature));
    add_line(out, "De", buf_text(&party));
    add_line(out, "Preuve", buf_text(&proof));
    add_line(out, "Expéditeur", one->sender);
    add_line(out, "Objet", one->subject);
    add_line(out, "Vague", one->wave);
    add_line(out, "Écrit à", one->address);
    add_line(out, "Code", one->status);
    add_line(out, "Motif", one->reason);
    add_line(out, "Adresse lue", one->proposal);
    add_line(out, "Message-ID", one->message_id);
    add_line(out, "À faire", buf_text(&todo));
    if (*one->text) buf_add_char(out, '\n'), add_text(out, one->text);
    if (one->need != NEED_NONE) add_verdicts(campaign, out);
}

bool returns_show(const struct app *app, const struct campaign *campaign, const struct inbound_return *one, const char *path, struct err *err) {
    AUTO_BUF out = BUF_INIT(RETURNS_BYTES);
    if (app->format == APP_CSV)
        return err_set(err, ERR_INPUT, "USAGE", "--format csv : la liste est dans « relais returns %s --format csv » ; ici text ou json", campaign->name);
    if (app->format == APP_TEXT) show_text(campaign, one, &out);
    else {
        AUTO(js) answer = json_of(one);
        js_set_text(answer, "campaign", campaign->name);
        js_add_to(answer, &out);
        buf_add_char(&out, '\n');
    }
    return output_write(&out, path, err);
}
