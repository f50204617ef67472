/* The report for spreadsheets, one table at a time. */
#include "mailer/audience.h"
#include "mailer/plan_view.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/writer.h"

static void heading(struct csv *csv, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) csv_text(csv, words[i]);
    csv_end_row(csv);
}

static void add_counts(struct csv *csv, const struct delivery_counts *counts) {
    const int64_t all[] = {counts->planned,      counts->pending,     counts->sent,     counts->deferred,
                           counts->failed,       counts->skipped,     counts->in_doubt, counts->bounced_hard,
                           counts->bounced_soft, counts->autoreplies, counts->replies,  counts->objections,
                           counts->complaints};
    for (size_t i = 0; i < COUNT(all); i++) csv_number(csv, all[i]);
}
#define COUNT_HEADINGS                                                                                       \
    "Prévus", "En attente", "Envoyés", "Différés (dans En attente)", "Échecs", "Écartés", "En doute", "Refus définitifs", \
        "Refus passagers", "Réponses automatiques", "Réponses par courriel", "Oppositions", "Plaintes"

static void waves(const struct report *report, struct csv *csv) {
    static const char *const WORDS[] = {"Vague", "Titre", "Public",    "Départ",
                                        "État",  "Motif", "Prévision", COUNT_HEADINGS};
    heading(csv, WORDS, COUNT(WORDS));
    for (size_t i = 0; i < report->wave_count; i++) {
        const struct report_wave *wave = &report->waves[i];
        char at[FRENCH_MOMENT];
        french_short_moment(report->zone, wave->at_ms, at);
        csv_text(csv, wave->name);
        csv_text(csv, wave->title);
        csv_text(csv, audience_text(wave->audience));
        csv_text(csv, at);
        csv_text(csv, wave_state_text(wave->state));
        csv_text(csv, skip_reason_text(wave->reason));
        if (wave->forecast >= 0)
            csv_number(csv, wave->forecast);
        else
            csv_text(csv, "");
        add_counts(csv, &wave->counts);
        csv_end_row(csv);
    }
}

static void departments(const struct report *report, struct csv *csv) {
    static const char *const WORDS[] = {"Département",   "Nom",          "Inscrites",
                                        "Sélectionnées", "Réponses",     "Taux (%)",
                                        "Sans réponse",  "Injoignables", COUNT_HEADINGS};
    heading(csv, WORDS, COUNT(WORDS));
    for (size_t i = 0; i < report->department_count; i++) {
        const struct report_department *one = &report->departments[i];
        csv_text(csv, one->code);
        csv_text(csv, one->name);
        csv_number(csv, one->informed);
        csv_number(csv, one->selected.total);
        csv_number(csv, one->selected.answered);
        csv_tenths(csv, permille(one->selected.answered, one->selected.total));
        csv_number(csv, one->selected.unanswered);
        csv_number(csv, one->selected.unreachable);
        add_counts(csv, &one->counts);
        csv_end_row(csv);
    }
}

static void call_rows(const struct report *report, size_t count, struct csv *csv) {
    static const char *const WORDS[] = {"Code",  "Collectivité", "Département", "Population",
                                        "Motif", "Adresse",      "Depuis"};
    heading(csv, WORDS, COUNT(WORDS));
    for (size_t i = 0; i < count; i++) {
        const struct report_call *call = &report->calls.all[i];
        char since[FRENCH_MOMENT];
        french_short_moment(PARIS, call->since_ms, since);
        csv_text(csv, call->id);
        csv_text(csv, call->name);
        csv_text(csv, call->department);
        csv_number(csv, call->population);
        csv_text(csv, skip_reason_text(call->reason));
        csv_text(csv, call->address);
        csv_text(csv, since);
        csv_end_row(csv);
    }
}

static void calls(const struct report *report, struct csv *csv) { call_rows(report, report->calls.own, csv); }

void calls_csv(const struct report *report, struct buf *out) {
    struct csv csv = csv_begin(out);
    call_rows(report, report->calls.count, &csv);
}

void report_csv(const struct report *report, enum report_table table, struct buf *out) {
    static void (*const WRITERS[REPORT_TABLES])(const struct report *, struct csv *) = {
        [REPORT_WAVES] = waves, [REPORT_DEPARTMENTS] = departments, [REPORT_CALLS] = calls};
    struct csv csv = csv_begin(out);
    WRITERS[table](report, &csv);
}
