/* Audiences in SQL: one condition on a row of enrolment, used wherever an audience is read. */
#include "mailer/audience.h"

#include <string.h>

#include "mailer/audience_sql.h"

int64_t audience_count(struct db *db, int64_t campaign_id, enum audience audience, const char *department,
                       struct err *err) {
    int64_t count = 0;
    int got = audience == AUDIENCE_RELAYS
                  ? db_get_int(db, err, &count, "SELECT COUNT(*) FROM relay r WHERE $1 = '' OR " RELAY_DEPARTMENT("r") " = $1",
                               DB_T(department ? department : ""))
                  : db_get_int(db, err, &count,
                               "SELECT COUNT(*) FROM enrolment e JOIN collectivity c ON c.id = e.party_id "
                               "WHERE e.campaign_id = $1 AND ($3 = '' OR c.department = $3) AND " AUDIENCE_CONDITION("$2"),
                               DB_I(campaign_id), DB_I(audience), DB_T(department ? department : ""));
    return got < 0 ? -1 : count;
}

const char *audience_place_excludes(enum audience audience, const struct audience_place *one) {
    if (one->withdrawn) return "withdrawn";
    if (one->objected) return "objection";
    switch (audience) {
    case AUDIENCE_INFORMED_ONLY: return one->selected ? "selected" : NULL;
    case AUDIENCE_SELECTED: return one->selected ? NULL : "not-selected";
    case AUDIENCE_SELECTED_UNANSWERED: return !one->selected ? "not-selected" : one->answered ? "answered" : NULL;
    case AUDIENCE_ANSWERED: return one->answered ? NULL : "not-answered";
    case AUDIENCE_INFORMED:
    case AUDIENCE_RELAYS:
    case AUDIENCE_COUNT: break;
    }
    return NULL;
}

static int held(struct db *db, int64_t campaign_id, const char *party_id, int64_t now_ms, struct err *err) {
    int64_t until_ms;
    return db_get_int(db, err, &until_ms,
                      "SELECT until_ms FROM hold WHERE campaign_id = $1 AND lifted_ms IS NULL AND until_ms > $3 AND (party_id = $2 OR "
                      "party_id IN (SELECT party_id FROM enrolment_successor WHERE campaign_id = $1 AND successor_id = $2 AND taken = 1))",
                      DB_I(campaign_id), DB_T(party_id), DB_I(now_ms));
}

const char *audience_excludes(struct db *db, int64_t campaign_id, enum audience audience, const char *party_id,
                              int64_t now_ms, bool *failed, struct err *err) {
    *failed = false;
    int64_t found;
    if (audience == AUDIENCE_RELAYS) {
        int got = db_get_int(db, err, &found, "SELECT 1 FROM relay WHERE id = $1", DB_T(party_id));
        *failed = got < 0;
        return got == 0 ? "not-enrolled" : NULL;
    }
    struct audience_place one;
    {
        AUTO(db_rows) rows = db_query(db, err,
                                      "SELECT selected, answered, objected, withdrawn FROM enrolment WHERE campaign_id = $1 "
                                      "AND party_id = COALESCE((SELECT successor_id FROM enrolment_successor "
                                      "WHERE campaign_id = $1 AND party_id = $2), $2)",
                                      DB_I(campaign_id), DB_T(party_id));
        int got = db_next(rows, err);
        *failed = got < 0;
        if (got <= 0) return got ? NULL : "not-enrolled";
        one = (struct audience_place){.selected = db_int(rows, 0), .answered = db_int(rows, 1), .objected = db_int(rows, 2),
                                 .withdrawn = db_int(rows, 3)};
    }
    const char *reason = audience_place_excludes(audience, &one);
    if (reason || audience != AUDIENCE_SELECTED_UNANSWERED) return reason;
    int hold = held(db, campaign_id, party_id, now_ms, err);
    *failed = hold < 0;
    return hold > 0 ? "hold" : NULL;
}

bool reason_has_subject(const char *reason) {
    static const char *const WITH[] = {"undelivered", "taken-back", "deadline", "late", "superseded", "cancelled", "dropped", "moved", "gave-up", "lease",
                                       "link-lost", "stopped", "killed", "bytes-differ", "refused", "stopping", "relay", "window", "paused",
                                       "daily-cap", "old-answers", "policy", "pace", "restored", "dropped-by-person", "away", "resting"};
    for (size_t i = 0; i < COUNT(WITH); i++)
        if (!strcmp(WITH[i], reason)) return true;
    return false;
}

const char *skip_reason_text(const char *reason) {
    static const struct { const char *reason, *text; } TEXTS[] = {
        {"answered", "a déjà répondu"},
        {"not-answered", "n'a pas répondu"},
        {"not-selected", "n'est pas sélectionnée"},
        {"selected", "est sélectionnée"},
        {"objection", "s'est opposée aux messages"},
        {"complaint", "a signalé un message comme indésirable"},
        {"withdrawn", "a été retirée de la campagne"},
        {"not-enrolled", "n'est pas inscrite à la campagne"},
        {"gone", "n'existe plus"},
        {"hold", "dit avoir répondu : à vérifier"},
        {"away", "attend le retour du destinataire"},
        {"resting", "boîte au repos après des échecs répétés"},
        {"no-address", "n'a pas d'adresse"},
        {"dead-address", "n'a plus d'adresse valable"},
        {"taken-back", "son adresse a été retirée avec l'import qui la donnait"},
        {"undelivered", "son dernier message n'a pu être remis"},
        {"deadline", "l'échéance est passée"},
        {"late", "trop tard : la vague n'a pu partir à temps"},
        {"superseded", "remplacée par une vague plus récente"},
        {"cancelled", "la campagne est annulée"},
        {"dropped", "retirée du calendrier"},
        {"rejoined", "de nouveau concernée : l'envoi est planifié de nouveau"},
        {"moved", "l'échéance a été déplacée"},
        {"link-lost", "liaison coupée après le point final"},
        {"stopped", "expéditeur arrêté avant la réponse du serveur"},
        {"killed", "expéditeur tué avant la réponse du serveur"},
        {"bytes-differ", "le message n'est plus le même : il n'est pas renvoyé"},
        {"refused", "refusé par le serveur"},
        {"stopping", "expéditeur arrêté avant l'envoi"},
        {"relay", "le serveur d'envoi ne prend rien"},
        {"policy", "refusé ; en attente de savoir si ce refus vise le message ou l'expéditeur"},
        {"pace", "le serveur du destinataire demande d'attendre"},
        {"window", "hors de la plage d'envoi"},
        {"paused", "la campagne est suspendue"},
        {"too-soon", "a reçu un autre message il y a trop peu de jours"},
        {"daily-cap", "le nombre de messages par jour est atteint"},
        {"old-answers", "la liste des répondants est trop ancienne"},
        {"gave-up", "abandonné après plusieurs essais"},
        {"lease", "coupure de courant : envoi incertain"},
        {"restored", "base remise depuis une sauvegarde : envoi incertain"},
        {"dropped-by-person", "doute levé par une personne : considéré comme non remis"},
    };
    for (size_t i = 0; i < COUNT(TEXTS); i++)
        if (!strcmp(TEXTS[i].reason, reason)) return TEXTS[i].text;
    return reason;
}
