/* The report for a terminal: the answers first, then the mailings, then what came back. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/audience.h"
#include "mailer/plan_view.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/text_table.h"
#include "mailer/reports/writer.h"

enum { BAR_COLUMNS = 30 };

static void add_safe(struct buf *out, const char *text) {
    text_printable(out, text, strlen(text));
}

static void section(struct buf *out, bool colour, const char *title) {
    buf_add_char(out, '\n');
    text_bold(out, colour, title);
    buf_add_char(out, '\n');
}

static void label(struct buf *out, bool colour, const char *word) {
    enum { LABEL_COLUMNS = 16 };
    buf_add_text(out, "  ");
    text_dim(out, colour, word);
    for (size_t width = text_columns(word); width < LABEL_COLUMNS; width++) buf_add_char(out, ' ');
}

static void add_bar(struct buf *out, int64_t part, int64_t whole) {
    int64_t filled = whole > 0 ? part * BAR_COLUMNS / whole : 0;
    for (int64_t i = 0; i < BAR_COLUMNS; i++) buf_add_text(out, i < filled ? "█" : "░");
}

/* -- headline ------------------------------------------------------------------------------------- */
static void title(const struct report *report, bool colour, struct buf *out) {
    char moment[FRENCH_MOMENT], scope[256];
    AUTO_BUF name = BUF_INIT(1000);
    buf_add_format(&name, "%s (%s)", report->title[0] ? report->title : report->campaign, report->campaign);
    AUTO_BUF safe = BUF_INIT(1000);
    add_safe(&safe, buf_text(&name));
    text_bold(out, colour, buf_text(&safe));
    french_moment(PARIS, report->as_of_ms, moment);
    scope_text(report, scope, sizeof scope);
    buf_add_format(out, "\nSituation au %s, ", moment);
    add_safe(out, scope);
    buf_add_text(out, "\n\n");
}

static void answers(const struct report *report, bool colour, struct buf *out) {
    const struct selected_counts *selected = &report->selected;
    char rate[FRENCH_NUMBER], answered[FRENCH_NUMBER], several[120], unanswered[FRENCH_NUMBER],
        unreachable[120];
    french_percent(selected->answered, selected->total, rate);
    french_integer(selected->answered, answered);
    french_count(selected->total, "sélectionnée", "sélectionnées", several, sizeof several);
    french_integer(selected->unanswered, unanswered);
    french_count(selected->unreachable, "injoignable", "injoignables", unreachable, sizeof unreachable);
    label(out, colour, "Répondants");
    text_bold(out, colour, answered);
    buf_add_format(out, " sur %s, soit ", several);
    text_bold(out, colour, rate);
    buf_add_text(out, "   ");
    add_bar(out, selected->answered, selected->total);
    buf_add_char(out, '\n');
    label(out, colour, "Sans réponse");
    buf_add_format(out, "%s, dont %s par courriel\n", unanswered, unreachable);
}

static void dates(const struct report *report, bool colour, struct buf *out) {
    char due[FRENCH_DATE], when[120], moved[200], list[FRENCH_DATE];
    french_date(report->due_day, due);
    due_text(report, when, sizeof when);
    moved_text(report, moved, sizeof moved);
    label(out, colour, "Échéance");
    buf_add_format(out, "%s, %s%s%s\n", due, when, moved[0] ? " ; " : "", moved);
    label(out, colour, "Répondants au");
    if (report->answers_as_of_ms < 0)
        buf_add_text(out, "aucune liste de répondants n'a encore été reçue\n");
    else {
        french_date(local_day(PARIS, report->answers_as_of_ms), list);
        buf_add_format(out, "%s (date de la dernière liste reçue)\n", list);
    }
}

static void attention(const struct report *report, bool colour, struct buf *out) {
    char doubts[160], returns[160];
    if (report->counts.in_doubt) {
        french_count(report->counts.in_doubt, "envoi en doute", "envois en doute", doubts, sizeof doubts);
        label(out, colour, "À vérifier");
        buf_add_format(out, "%s : partis, peut-être, sans réponse du serveur\n", doubts);
    }
    if (report->unsettled) {
        french_count(report->unsettled, "message reçu", "messages reçus", returns, sizeof returns);
        label(out, colour, "À lire");
        buf_add_format(out, "%s\n", returns);
    }
}

/* -- tables --------------------------------------------------------------------------------------- */
static void state_of(const struct report_wave *wave, char *out, size_t size_bytes) {
    if (wave->state == WAVE_SKIPPED && wave->reason[0])
        snprintf(out, size_bytes, "écartée : %s", skip_reason_text(wave->reason));
    else if (wave->forecast >= 0) {
        char count[FRENCH_NUMBER];
        french_integer(wave->forecast, count);
        snprintf(out, size_bytes, "%s, %s à ce jour", wave_state_text(wave->state), count);
    } else
        snprintf(out, size_bytes, "%s", wave_state_text(wave->state));
}

static void add_sent(struct text_table *table, const struct delivery_counts *counts) {
    const int64_t all[] = {counts->planned, counts->sent,    counts->pending,
                           counts->failed,  counts->skipped, counts->in_doubt};
    for (size_t i = 0; i < COUNT(all); i++) text_table_add_number(table, all[i]);
}

static void mailings(const struct report *report, bool colour, struct buf *out) {
    static const struct text_column COLUMNS[] = {{"Vague", false},  {"Départ", false},    {"Prévus", true},
                                                 {"Envoyés", true}, {"En attente", true}, {"Échecs", true},
                                                 {"Écartés", true}, {"En doute", true},   {"État", false}};
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < report->wave_count; i++) {
        const struct report_wave *wave = &report->waves[i];
        char at[FRENCH_MOMENT], state[200];
        french_short_moment(report->zone, wave->at_ms, at);
        state_of(wave, state, sizeof state);
        text_table_add(table, wave->name);
        text_table_add(table, at);
        add_sent(table, &wave->counts);
        text_table_add(table, state);
    }
    text_table_add(table, "Ensemble");
    text_table_add(table, "");
    add_sent(table, &report->counts);
    text_table_add(table, "");
    section(out, colour, "Envois, vague par vague");
    text_table_write(table, true, colour, out);
}

static void add_returns(struct text_table *table, const struct delivery_counts *counts) {
    const int64_t all[] = {counts->bounced_hard, counts->bounced_soft, counts->autoreplies,
                           counts->replies,      counts->objections,   counts->complaints};
    for (size_t i = 0; i < COUNT(all); i++) text_table_add_number(table, all[i]);
}

static void returns(const struct report *report, bool colour, struct buf *out) {
    static const struct text_column COLUMNS[] = {{"Vague", false},           {"Envoyés", true},
                                                 {"Refus définitifs", true}, {"Refus passagers", true},
                                                 {"Réponses auto.", true},   {"Rép. par courriel", true},
                                                 {"Oppositions", true},      {"Plaintes", true}};
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < report->wave_count; i++) {
        if (!report->waves[i].counts.sent) continue;
        text_table_add(table, report->waves[i].name);
        text_table_add_number(table, report->waves[i].counts.sent);
        add_returns(table, &report->waves[i].counts);
    }
    text_table_add(table, "Ensemble");
    text_table_add_number(table, report->counts.sent);
    add_returns(table, &report->counts);
    section(out, colour, "Ce qui est revenu");
    if (report->counts.sent)
        text_table_write(table, true, colour, out);
    else
        buf_add_text(out, "  Rien n'est encore parti.\n");
}

static void skips(const struct report *report, bool colour, struct buf *out) {
    static const struct text_column COLUMNS[] = {{"Vague", false}, {"Écartés", true}, {"Motif", false}};
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < report->skip_count; i++) {
        text_table_add(table, report->skips[i].wave);
        text_table_add_number(table, report->skips[i].count);
        text_table_add(table, skip_reason_text(report->skips[i].reason));
    }
    if (!report->skip_count) return;
    section(out, colour, "Envois écartés, et pourquoi");
    text_table_write(table, false, colour, out);
}

static void add_department(struct text_table *table, const struct selected_counts *selected,
                           const struct delivery_counts *counts) {
    char rate[FRENCH_NUMBER];
    french_percent(selected->answered, selected->total, rate);
    text_table_add_number(table, selected->total);
    text_table_add_number(table, selected->answered);
    text_table_add(table, rate);
    text_table_add_number(table, selected->unanswered);
    text_table_add_number(table, selected->unreachable);
    text_table_add_number(table, counts->sent);
}

static void departments(const struct report *report, bool colour, struct buf *out) {
    static const struct text_column COLUMNS[] = {
        {"Département", false}, {"Sélectionnées", true}, {"Répondants", true}, {"Taux", true},
        {"Sans réponse", true}, {"Injoignables", true},  {"Envois", true}};
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < report->department_count; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s %.120s", report->departments[i].code, report->departments[i].name);
        text_table_add(table, name);
        add_department(table, &report->departments[i].selected, &report->departments[i].counts);
    }
    text_table_add(table, "Ensemble");
    add_department(table, &report->selected, &report->counts);
    section(out, colour, "Par département");
    text_table_write(table, true, colour, out);
}

static void call_rows(const struct report *report, bool colour, struct buf *out) {
    static const struct text_column COLUMNS[] = {
        {"Code", false},  {"Collectivité", false}, {"Dép.", false},  {"Population", true},
        {"Motif", false}, {"Adresse", false},      {"Depuis", false}};
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < report->calls.count; i++) {
        const struct report_call *call = &report->calls.all[i];
        char since[FRENCH_MOMENT], department[24];
        french_short_moment(PARIS, call->since_ms, since);
        text_table_add(table, call->id);
        text_table_add(table, call->name);
        snprintf(department, sizeof department, "%s%s", call->department, i < report->calls.own ? "" : " (voisin)");
        text_table_add(table, department);
        text_table_add_number(table, call->population);
        text_table_add(table, skip_reason_text(call->reason));
        text_table_add(table, call->address);
        text_table_add(table, since);
    }
    text_table_write(table, false, colour, out);
}

static void call_count(const struct report *report, struct buf *out) {
    char count[160];
    if (!report->calls.own) {
        buf_add_text(
            out, "  Personne : toutes les collectivités sans réponse peuvent être jointes par courriel.\n");
        return;
    }
    french_count((int64_t)report->calls.own, "collectivité sélectionnée, sans réponse et injoignable",
                 "collectivités sélectionnées, sans réponse et injoignables", count, sizeof count);
    buf_add_format(out, "  %s par courriel", count);
}

void report_text(const struct report *report, bool colour, struct buf *out) {
    char neighbours[300];
    title(report, colour, out);
    answers(report, colour, out);
    dates(report, colour, out);
    attention(report, colour, out);
    mailings(report, colour, out);
    returns(report, colour, out);
    skips(report, colour, out);
    neighbours_text(report, neighbours, sizeof neighbours);
    if (neighbours[0]) buf_add_format(out, "\n  %s.\n", neighbours);
    if (report->department_count > 1) departments(report, colour, out);
    section(out, colour, "À joindre par téléphone");
    call_count(report, out);
    if (!report->calls.own) return;
    buf_add_format(out, " ; la liste : relais calls %s", report->campaign);
    if (report->department[0]) buf_add_format(out, " --department %s", report->department);
    buf_add_char(out, '\n');
}

void calls_text(const struct report *report, bool colour, struct buf *out) {
    title(report, colour, out);
    call_count(report, out);
    if (report->calls.count > report->calls.own) {
        char more[160];
        french_count((int64_t)(report->calls.count - report->calls.own), "groupement d'un département voisin, qui a ici des communes",
                     "groupements de départements voisins, qui ont ici des communes", more, sizeof more);
        buf_add_format(out, "%s  et %s", report->calls.own ? "\n" : "", more);
    }
    if (!report->calls.count) return;
    buf_add_text(out, "\n\n");
    call_rows(report, colour, out);
}
