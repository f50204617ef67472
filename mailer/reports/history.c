/* A history told: to people, to programs, to spreadsheets. */
#include "mailer/reports/history.h"

#include <string.h>

#include "base/js.h"
#include "base/text.h"
#include "mailer/audience.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/french_moments.h"
#include "mailer/reports/text_table.h"

const char *event_text(const char *event) {
    static const struct {
        const char *event, *text;
    } TEXTS[] = {
        {"informed", "inscrite"},
        {"selected", "sélectionnée"},
        {"unselected", "n'est plus sélectionnée"},
        {"taken_back", "import annulé"},
        {"answered", "réponse à l'enquête"},
        {"unanswered", "réponse retirée"},
        {"objected", "opposition enregistrée"},
        {"withdrawn", "retirée de la campagne"},
        {"planned", "envoi planifié"},
        {"ready", "remis en attente"},
        {"released", "envoi reposé"},
        {"postponed", "envoi reporté"},
        {"deferred", "refusé pour l'instant"},
        {"refused", "refusé par le serveur"},
        {"sent", "envoyé"},
        {"failed", "échec"},
        {"skipped", "écarté"},
        {"in_doubt", "en doute"},
        {"cancelled", "envoi annulé"},
        {"resend", "nouvel essai après un doute"},
        {"resend_held", "nouvel essai écarté, le doute demeure"},
        {"settled", "doute levé"},
        {"journal_differs", "le journal des envois dit autre chose"},
        {"renumbered", "autre numéro de message"},
        {"next_contact", "adresse suivante"},
        {"bounced_hard", "échec définitif reçu"},
        {"bounced_soft", "échec passager reçu"},
        {"delivered", "remise confirmée"},
        {"complaint", "plainte"},
        {"autoreply", "réponse automatique"},
        {"challenge", "demande de confirmation"},
        {"objection", "opposition"},
        {"reply", "réponse par courriel"},
        {"returned_other", "autre message reçu"},
        {"unread", "message reçu illisible"},
        {"suppressed", "adresse mise de côté"},
        {"suppression_lifted", "de nouveau écrite"},
        {"hold", "rappels suspendus"},
        {"hold_lifted", "rappels repris"},
        {"mailbox_rested", "boîte mise au repos"},
        {"address_proposed", "autre adresse proposée"},
        {"address_accepted", "autre adresse acceptée"},
        {"address_refused", "autre adresse refusée"},
        {"return_attached", "retour rattaché"},
        {"return_settled", "retour réglé"},
        {"imported", "liste importée"},
        {"created", "entrée au référentiel"},
        {"restored", "rétablie"},
        {"renamed", "nouveau nom"},
        {"vanished", "disparue du référentiel"},
        {"succeeded", "succession"},
    };
    for (size_t i = 0; i < COUNT(TEXTS); i++)
        if (!strcmp(TEXTS[i].event, event)) return TEXTS[i].text;
    return event;
}

void history_text(const struct history *history, bool colour, struct buf *out) {
    static const struct text_column COLUMNS[] = {{"Date", false},   {"Événement", false}, {"Campagne", false},
                                                 {"Vague", false},  {"Adresse", false},   {"Code", false},
                                                 {"Détail", false}, {"Origine", false},   {"Par", false},      {"Serveur", false}};
    AUTO_BUF name = BUF_INIT(1000);
    text_printable(&name, history->party.name, strlen(history->party.name));
    buf_add_format(&name, " (%s)", history->party.id);
    text_bold(out, colour, buf_text(&name));
    party_gone_text(&history->party, "\n", out);
    buf_add_text(out, history->count ? "\n\n" : "\nRien n'est encore arrivé.\n");
    if (!history->count) return;
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < history->count; i++) {
        const struct history_event *one = &history->all[i];
        char at[FRENCH_MOMENT];
        french_short_moment(PARIS, one->at_ms, at);
        const char *const cells[] = {
            at,        event_text(one->event),      one->campaign, one->wave, one->address,
            one->code, skip_reason_text(one->text), one->origin,   one->by, one->relay};
        for (size_t k = 0; k < COUNT(cells); k++) text_table_add(table, cells[k]);
    }
    text_table_write(table, false, colour, out);
}

void history_json(const struct history *history, struct buf *out) {
    for (size_t i = 0; i < history->count; i++) {
        const struct history_event *one = &history->all[i];
        AUTO(js) line = js_object();
        char at[INSTANT_TEXT];
        zoned_instant(PARIS, one->at_ms, at);
        js_set_text(line, "at", at);
        js_set_text(line, "event", one->event);
        js_set_text(line, "wave", one->wave[0] ? one->wave : NULL);
        js_set_text(line, "address", one->address);
        js_set_text(line, "code", one->code);
        js_set_text(line, "text", one->text);
        js_set_text(line, "origin", one->origin);
        js_set_text(line, "by", one->by);
        js_set_text(line, "campaign", one->campaign[0] ? one->campaign : NULL);
        js_set_text(line, "relay", one->relay[0] ? one->relay : NULL);
        js_add_to(line, out);
        buf_add_char(out, '\n');
    }
}

void history_csv(const struct history *history, struct buf *out) {
    static const char *const WORDS[] = {"Date", "Événement", "Campagne", "Vague", "Adresse",
                                        "Code", "Détail",    "Origine",  "Par", "Serveur"};
    struct csv csv = csv_begin(out);
    for (size_t i = 0; i < COUNT(WORDS); i++) csv_text(&csv, WORDS[i]);
    csv_end_row(&csv);
    for (size_t i = 0; i < history->count; i++) {
        const struct history_event *one = &history->all[i];
        char at[FRENCH_MOMENT];
        french_short_moment(PARIS, one->at_ms, at);
        const char *const cells[] = {
            at,        event_text(one->event),      one->campaign, one->wave, one->address,
            one->code, skip_reason_text(one->text), one->origin,   one->by, one->relay};
        for (size_t k = 0; k < COUNT(cells); k++) csv_text(&csv, cells[k]);
        csv_end_row(&csv);
    }
}
