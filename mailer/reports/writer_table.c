/* The report for spreadsheets, one table at a time: CSV or a workbook. */
#include "mailer/audience.h"
#include "mailer/plan_view.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/writer.h"

static void add_counts(struct table_out *out, const struct delivery_counts *counts) {
    const int64_t all[] = {counts->planned,      counts->pending,     counts->sent,     counts->deferred,
                           counts->failed,       counts->skipped,     counts->in_doubt, counts->bounced_hard,
                           counts->bounced_soft, counts->autoreplies, counts->replies,  counts->objections,
                           counts->complaints};
    for (size_t i = 0; i < COUNT(all); i++) table_number(out, all[i]);
}
#define COUNT_COLUMNS                                                                                        \
    {"Prévus", 9}, {"En attente", 11}, {"Envoyés", 9}, {"Différés (dans En attente)", 26}, {"Échecs", 8},     \
        {"Écartés", 9}, {"En doute", 10}, {"Refus définitifs", 16}, {"Refus passagers", 16},                 \
        {"Réponses automatiques", 22}, {"Réponses par courriel", 22}, {"Oppositions", 12}, {"Plaintes", 10}
static const struct table_column WAVES[] = {{"Vague", 18}, {"Titre", 36}, {"Public", 30}, {"Départ", 17}, {"État", 12},
                                            {"Motif", 24}, {"Prévision", 11}, COUNT_COLUMNS};
static const struct table_column DEPARTMENTS[] = {{"Département", 13}, {"Nom", 26}, {"Inscrites", 11}, {"Sélectionnées", 14},
                                                  {"Réponses", 10}, {"Taux (%)", 10}, {"Sans réponse", 13},
                                                  {"Injoignables", 13}, COUNT_COLUMNS};
static const struct table_column CALLS[] = {{"Code", 11}, {"Collectivité", 36}, {"Département", 13}, {"Population", 12},
                                            {"Motif", 30}, {"Adresse", 40}, {"Depuis", 17}};

static void waves(const struct report *report, struct table_out *out) {
    for (size_t i = 0; i < report->wave_count; i++) {
        const struct report_wave *wave = &report->waves[i];
        table_text(out, wave->name);
        table_text(out, wave->title);
        table_text(out, audience_text(wave->audience));
        table_moment(out, report->zone, wave->at_ms);
        table_text(out, wave_state_text(wave->state));
        table_text(out, skip_reason_text(wave->reason));
        if (wave->forecast >= 0)
            table_number(out, wave->forecast);
        else
            table_text(out, "");
        add_counts(out, &wave->counts);
        table_end_row(out);
    }
}

static void departments(const struct report *report, struct table_out *out) {
    for (size_t i = 0; i < report->department_count; i++) {
        const struct report_department *one = &report->departments[i];
        table_code(out, one->code);
        table_text(out, one->name);
        table_number(out, one->informed);
        table_number(out, one->selected.total);
        table_number(out, one->selected.answered);
        table_tenths(out, permille(one->selected.answered, one->selected.total));
        table_number(out, one->selected.unanswered);
        table_number(out, one->selected.unreachable);
        add_counts(out, &one->counts);
        table_end_row(out);
    }
}

static void call_rows(const struct report *report, size_t count, struct table_out *out) {
    for (size_t i = 0; i < count; i++) {
        const struct report_call *call = &report->calls.all[i];
        table_code(out, call->id);
        table_text(out, call->name);
        table_code(out, call->department);
        table_number(out, call->population);
        table_text(out, skip_reason_text(call->reason));
        table_text(out, call->address);
        table_moment(out, PARIS, call->since_ms);
        table_end_row(out);
    }
}

static void calls(const struct report *report, struct table_out *out) {
    call_rows(report, report->calls.own, out);
}

bool calls_to_table(const struct report *report, const char *path, enum table_form form, struct err *err) {
    AUTO(table_out) out = table_out_open(path, form, CALLS, COUNT(CALLS), err);
    if (!out) return false;
    call_rows(report, report->calls.count, out);
    return table_out_commit(out, err);
}

bool report_to_table(const struct report *report, enum report_table which, const char *path, enum table_form form,
                     struct err *err) {
    static const struct {
        const struct table_column *columns;
        size_t count;
        void (*rows)(const struct report *, struct table_out *);
    } TABLES[REPORT_TABLES] = {[REPORT_WAVES] = {WAVES, COUNT(WAVES), waves},
                               [REPORT_DEPARTMENTS] = {DEPARTMENTS, COUNT(DEPARTMENTS), departments},
                               [REPORT_CALLS] = {CALLS, COUNT(CALLS), calls}};
    AUTO(table_out) out = table_out_open(path, form, TABLES[which].columns, TABLES[which].count, err);
    if (!out) return false;
    TABLES[which].rows(report, out);
    return table_out_commit(out, err);
}
