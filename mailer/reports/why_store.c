/* The checks the sender makes, made beforehand and told: campaign, enrolment, address, then wave by wave. */
#include "mailer/reports/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists/contact_store.h"
#include "mailer/audience.h"
#include "mailer/french_moments.h"
#include "mailer/reports/history.h"
#include "mailer/send/delivery.h"
#include "mailer/send/quiet_store.h"
#include "mailer/wave_store.h"
#include "schedules/zones.h"

struct asked {
    struct db *db;
    const struct campaign *campaign;
    const char *zone;
    const char *sender; /* NULL = not known */
    int64_t now_ms;
    struct why *why;
    struct err *err;
    struct quiet_mailbox mailbox; /* we would write to; quiet when one of its instants is given */
};

static void tell(struct why *why, const char *format, ...) PRINTF_LIKE(2, 3);
static void tell(struct why *why, const char *format, ...) {
    AUTO_BUF sentence = BUF_INIT(2000);
    va_list args;
    va_start(args, format);
    buf_add_format_args(&sentence, format, args);
    va_end(args);
    why->details = mem_grow(why->details, why->detail_count + 1, sizeof *why->details);
    why->details[why->detail_count++] = buf_take(&sentence);
}

/* The first thing in the way is the answer. */
static void because(struct why *why, const char *reason) {
    if (!why->reason[0]) snprintf(why->reason, sizeof why->reason, "%s", reason);
}

/* -- the campaign --------------------------------------------------------------------------------- */
/* Started, but by another sender's word: the sender leaves it alone, and so no mail is to come. */
static bool check_approval(struct asked *asked) {
    char approval[65];
    if (asked->campaign->state != CAMPAIGN_STARTED || !asked->sender) return true;
    if (!campaign_approval(asked->db, asked->campaign, asked->sender, approval, asked->err)) return false;
    if (!strcmp(approval, asked->campaign->approval)) return true;
    because(asked->why, "not-approved");
    tell(asked->why, "Les modèles, le calendrier ou l'expéditeur ne sont plus ceux du départ : rien ne part avant un nouveau « relais start %s ».", asked->campaign->name);
    return true;
}

static void check_campaign(struct asked *asked) {
    const struct campaign *campaign = asked->campaign;
    char due[FRENCH_DATE];
    french_date(campaign->due_day, due);
    switch (campaign->state) {
    case CAMPAIGN_DRAFT:
        because(asked->why, "not-started");
        tell(asked->why, "La campagne est en préparation : « relais start %s » en donne le départ.",
             campaign->name);
        break;
    case CAMPAIGN_PAUSED:
        because(asked->why, "paused");
        tell(asked->why, "La campagne est suspendue : « relais resume %s » la reprend.", campaign->name);
        break;
    case CAMPAIGN_CANCELLED:
        because(asked->why, "cancelled");
        tell(asked->why, "La campagne est annulée : plus rien ne part.");
        break;
    case CAMPAIGN_STARTED:
    case CAMPAIGN_STATES:
        tell(asked->why, "La campagne est lancée.");
        break;
    }
    if (asked->now_ms < campaign->deadline_ms) {
        tell(asked->why, "L'échéance, le %s, n'est pas passée.", due);
        return;
    }
    because(asked->why, "deadline");
    tell(asked->why, "L'échéance, le %s, est passée : plus rien ne part.", due);
}

/* -- the party's place in it ---------------------------------------------------------------------- */
static bool tell_facts(struct asked *asked) {
    AUTO(db_rows) rows =
        db_query(asked->db, asked->err,
                 "SELECT fact, at_ms, COALESCE(answered_on, ''), origin FROM enrolment_fact "
                 "WHERE campaign_id = $1 AND party_id = $2 AND (import_id IS NULL OR import_id IN (SELECT id FROM import_in_force)) ORDER BY id",
                 DB_I(asked->campaign->id), DB_T(asked->why->party.id));
    int got;
    while ((got = db_next(rows, asked->err)) > 0) {
        char at[FRENCH_MOMENT], answered[FRENCH_DATE + 8] = "";
        int64_t day;
        french_short_moment(PARIS, db_int(rows, 1), at);
        if (day_parse(db_text(rows, 2), &day)) {
            char date[FRENCH_DATE];
            french_short_date(day, date);
            snprintf(answered, sizeof answered, " du %s", date);
        }
        tell(asked->why, "Fait connu le %s : %s%s (origine : %s).", at, event_text(db_text(rows, 0)),
             answered, db_text(rows, 3));
    }
    return got == 0;
}

/* What keeps every mail away, whatever its audience: asked for the widest one the party may belong to. */
static bool check_enrolment(struct asked *asked) {
    if (asked->why->party.relay) return true;
    bool failed;
    const char *reason = audience_excludes(asked->db, asked->campaign->id, AUDIENCE_INFORMED,
                                           asked->why->party.id, asked->now_ms, &failed, asked->err);
    if (failed || !tell_facts(asked)) return false;
    AUTO_BUF gone = BUF_INIT(1000);
    party_gone_text(&asked->why->party, "", &gone);
    if (gone.length) tell(asked->why, "%s", buf_text(&gone));
    if (!reason) return true;
    because(asked->why, reason);
    tell(asked->why, "Aucun message ne lui est destiné : %s.", skip_reason_text(reason));
    return true;
}

static bool check_hold(struct asked *asked) {
    AUTO(db_rows) rows =
        db_query(asked->db, asked->err,
                 "SELECT until_ms, reason FROM hold WHERE campaign_id = $1 AND party_id = $2 "
                 "AND lifted_ms IS NULL AND until_ms > $3",
                 DB_I(asked->campaign->id), DB_T(asked->why->party.id), DB_I(asked->now_ms));
    int got;
    while ((got = db_next(rows, asked->err)) > 0) {
        char until[FRENCH_MOMENT];
        french_moment(asked->zone, db_int(rows, 0), until);
        bool answered = !strcmp(db_text(rows, 1), "answered");
        tell(asked->why, "Ses rappels sont suspendus jusqu'au %s, le temps de vérifier : %s (« relais returns %s »).", until,
             answered ? "elle dit avoir répondu" : db_text(rows, 1), asked->campaign->name);
    }
    return got == 0;
}

/* -- addresses ------------------------------------------------------------------------------------ */
static bool tell_suppressed(struct asked *asked) {
    static const struct {
        const char *reason, *text;
    } TEXTS[] = {{"dead", "n'existe plus"},
                 {"objection", "s'oppose aux messages"},
                 {"complaint", "a signalé un message comme indésirable"}};
    AUTO(db_rows) rows =
        db_query(asked->db, asked->err,
                 "SELECT k.address, s.reason, s.at_ms, s.origin, s.import_id FROM contact k "
                 "JOIN suppression s ON s.address = k.address WHERE k.party_id = $1 ORDER BY k.rank, s.id",
                 DB_T(asked->why->party.id));
    int got;
    while ((got = db_next(rows, asked->err)) > 0) {
        char at[FRENCH_MOMENT];
        const char *said = "";
        french_short_moment(PARIS, db_int(rows, 2), at);
        for (size_t i = 0; i < COUNT(TEXTS); i++)
            if (!strcmp(TEXTS[i].reason, db_text(rows, 1))) said = TEXTS[i].text;
        bool objects = strcmp(db_text(rows, 1), "dead") != 0;
        if (!db_is_null(rows, 4)) tell(asked->why, "L'adresse %s %s, depuis le %s (origine : %s).", db_text(rows, 0), said, at, db_text(rows, 3));
        else tell(asked->why, "L'adresse %s %s, depuis le %s (origine : %s) ; si c'était une erreur : « relais suppressions lift %s%s%s --because … ».", db_text(rows, 0), said,
                  at, db_text(rows, 3), db_text(rows, 0), objects ? " " : "", objects ? db_text(rows, 1) : "");
    }
    return got == 0;
}

/* What was lifted (mailer/inbox/lift_store.h): by whom, and why. */
static bool tell_lifted(struct asked *asked) {
    AUTO(db_rows) rows = db_query(asked->db, asked->err,
                                  "SELECT DISTINCT f.address, f.reason, i.at_ms, i.by_whom, i.file, i.id FROM contact k JOIN suppression_fact f ON f.address = k.address "
                                  "JOIN import i ON i.id = f.import_id WHERE k.party_id = $1 AND i.kind = 'lift' ORDER BY i.id",
                                  DB_T(asked->why->party.id));
    int got;
    while ((got = db_next(rows, asked->err)) > 0) {
        char at[FRENCH_MOMENT];
        bool dead = !strcmp(db_text(rows, 1), "dead"), objected = !strcmp(db_text(rows, 1), "objection");
        french_short_moment(PARIS, db_int(rows, 2), at);
        tell(asked->why, "L'adresse %s %s ; levé le %s par %s : %s", db_text(rows, 0),
             dead ? "passait pour morte" : objected ? "passait pour opposée aux messages" : "passait pour s'être plainte", at, db_text(rows, 3), db_text(rows, 4));
    }
    return got == 0;
}

/* What keeps a mail from its mailbox for a while; the next contact is written to meanwhile, if there is one. */
static bool check_quiet(struct asked *asked, struct chosen_contact *contact) {
    struct chosen_contact other;
    char moment[FRENCH_MOMENT], day[FRENCH_DATE];
    if (quiet_load_one(asked->db, contact->address, asked->now_ms, &asked->mailbox, asked->err) < 0) return false;
    if (asked->mailbox.rest_until_ms >= 0) {
        french_moment(asked->zone, asked->mailbox.rest_until_ms, moment);
        tell(asked->why, "La boîte %s est au repos jusqu'au %s, après des échecs répétés.", contact->address, moment);
        enum contact_choice choice = contact_choose_awake(asked->db, asked->why->party.id, asked->now_ms, &other, asked->err);
        if (choice == CONTACT_ERROR) return false;
        if (choice == CONTACT_CHOSEN) {
            *contact = other;
            if (quiet_load_one(asked->db, contact->address, asked->now_ms, &asked->mailbox, asked->err) < 0) return false;
        }
    }
    if (asked->mailbox.back_day < local_day(asked->zone, asked->now_ms)) return true;
    french_date(asked->mailbox.back_day, day);
    tell(asked->why, "La boîte %s répond que son lecteur est absent ; il revient le %s : le prochain message attend le jour ouvré suivant, "
         "sans dépasser le dernier jour utile avant l'échéance.", contact->address, day);
    return true;
}

static bool tell_returns(struct asked *asked) {
    int64_t open = 0;
    {
        AUTO(db_rows) rows = db_query(asked->db, asked->err,
                                      "SELECT address, inbound_id FROM address_proposal WHERE party_id = $1 AND decision = '' ORDER BY id",
                                      DB_T(asked->why->party.id));
        int got;
        while ((got = db_next(rows, asked->err)) > 0)
            tell(asked->why, "Un retour propose d'écrire à %s ; à décider : relais returns %s settle %lld accept-address|refuse-address.",
                 db_text(rows, 0), asked->campaign->name, (long long)db_int(rows, 1));
        if (got < 0) return false;
    }
    if (db_get_int(asked->db, asked->err, &open, "SELECT COUNT(*) FROM inbound WHERE campaign_id = $1 AND party_id = $2 AND settled = ''",
                   DB_I(asked->campaign->id), DB_T(asked->why->party.id)) < 0)
        return false;
    if (open) tell(asked->why, "%lld retour%s à regarder : « relais returns %s ».", (long long)open, open > 1 ? "s" : "", asked->campaign->name);
    return true;
}

static bool check_contact(struct asked *asked) {
    struct chosen_contact contact;
    asked->mailbox = (struct quiet_mailbox){.rest_until_ms = -1, .back_day = -1};
    enum contact_choice choice = contact_choose(asked->db, asked->why->party.id, &contact, asked->err);
    if (choice == CONTACT_ERROR || !tell_suppressed(asked) || !tell_lifted(asked) || !tell_returns(asked) ||
        (choice == CONTACT_CHOSEN && !check_quiet(asked, &contact)))
        return false;
    switch (choice) {
    case CONTACT_CHOSEN:
        tell(asked->why, "On lui écrit à %s.", contact.address);
        break;
    case CONTACT_NONE:
        because(asked->why, "no-address");
        tell(asked->why, "Aucune liste n'a donné d'adresse : complétez par « relais import ».");
        break;
    case CONTACT_ALL_DEAD:
        because(asked->why, "dead-address");
        tell(asked->why,
             "Il ne reste pas d'adresse valable : complétez par « relais import », ou téléphonez.");
        break;
    case CONTACT_OBJECTED:
        because(asked->why, "objection");
        tell(asked->why,
             "Une opposition ne se contourne pas par une autre adresse : plus aucun message ne part.");
        break;
    case CONTACT_ERROR:
        break;
    }
    return true;
}

/* -- waves ---------------------------------------------------------------------------------------- */
struct wave_facts {
    int64_t at_ms;    /* for this party's department; -1 = none */
    bool begun;       /* planned there */
    char skipped[64]; /* skipped there, and why */
    int state;        /* of the delivery; -1 = none */
    int64_t not_before_ms, ended_ms;
    char reason[64];
};

static bool load_group(struct asked *asked, int64_t wave_id, struct wave_facts *facts) {
    AUTO(db_rows) rows =
        db_query(asked->db, asked->err,
                 "SELECT at_ms, planned_ms, skipped FROM wave_group WHERE wave_id = $1 AND department = $2",
                 DB_I(wave_id), DB_T(asked->why->party.department));
    int got = db_next(rows, asked->err);
    if (got <= 0) return got == 0;
    facts->at_ms = db_int(rows, 0);
    facts->begun = !db_is_null(rows, 1);
    snprintf(facts->skipped, sizeof facts->skipped, "%s", db_text(rows, 2));
    return true;
}

static bool load_delivery(struct asked *asked, int64_t wave_id, struct wave_facts *facts) {
    AUTO(db_rows) rows =
        db_query(asked->db, asked->err,
                 "SELECT d.state, d.not_before_ms, COALESCE(p.ended_ms, -1), d.reason FROM delivery d "
                 "LEFT JOIN dispatch p ON p.id = d.dispatch_id "
                 "WHERE d.wave_id = $1 AND d.party_id = $2 AND d.cancelled = 0",
                 DB_I(wave_id), DB_T(asked->why->party.id));
    int got = db_next(rows, asked->err);
    if (got <= 0) return got == 0;
    facts->state = (int)db_int(rows, 0);
    facts->not_before_ms = db_int(rows, 1);
    facts->ended_ms = db_int(rows, 2);
    snprintf(facts->reason, sizeof facts->reason, "%s", db_text(rows, 3));
    return true;
}

static void offer_next(struct why *why, const struct wave *wave, int64_t at_ms) {
    if (why->next_wave[0] && why->next_at_ms <= at_ms) return;
    snprintf(why->next_wave, sizeof why->next_wave, "%s", wave->name);
    why->next_at_ms = at_ms;
}

static void tell_ended(struct asked *asked, const struct wave *wave, const struct wave_facts *facts) {
    char at[FRENCH_MOMENT];
    french_moment(asked->zone, facts->ended_ms >= 0 ? facts->ended_ms : facts->at_ms, at);
    switch (facts->state) {
    case DELIVERY_SENT:
        tell(asked->why, "Vague %s : envoyée le %s.", wave->name, at);
        break;
    case DELIVERY_FAILED:
        tell(asked->why, "Vague %s : échec le %s (%s).", wave->name, at, skip_reason_text(facts->reason));
        break;
    case DELIVERY_SKIPPED:
        tell(asked->why, "Vague %s : envoi écarté, %s.", wave->name, skip_reason_text(facts->reason));
        break;
    default:
        tell(asked->why, "Vague %s : envoi en doute, peut-être parti le %s.", wave->name, at);
        break;
    }
}

/* A mail that may still go out, now or later: does the audience hold as things stand? */
static bool check_to_come(struct asked *asked, const struct wave *wave, int64_t at_ms, const char *waits,
                          const char **first_reason) {
    bool failed;
    char at[FRENCH_MOMENT];
    const char *reason = audience_excludes(asked->db, asked->campaign->id, wave->audience,
                                           asked->why->party.id, asked->now_ms, &failed, asked->err);
    if (failed) return false;
    /* Relays are not enrolled, collectivities are no relays: waves for the other kind are not worth a
     * sentence. */
    if ((wave->audience == AUDIENCE_RELAYS) != asked->why->party.relay) return true;
    french_moment(asked->zone, at_ms, at);
    if (!reason) {
        tell(asked->why, *waits ? "Vague %s, le %s : prévue, déplacée (%s)." : "Vague %s, le %s : prévue%s.", wave->name, at,
             *waits ? skip_reason_text(waits) : "");
        offer_next(asked->why, wave, at_ms);
        return true;
    }
    if (!*first_reason) *first_reason = reason;
    tell(asked->why, "Vague %s, le %s : non prévue, %s.", wave->name, at, skip_reason_text(reason));
    return true;
}

/* Not planned yet: it will be as its mailbox allows then, for all that is known now. */
static bool check_not_planned(struct asked *asked, const struct wave *wave, int64_t at_ms, const char **first_reason) {
    const char *waits = "";
    int64_t due_ms = at_ms;
    return quiet_due_ms(&asked->mailbox, &asked->campaign->schedule, asked->why->party.department, &due_ms, &waits, asked->err) &&
           check_to_come(asked, wave, due_ms, waits, first_reason);
}

/* Of what is ready, what it waits for. */
static const char *waits_for(const struct wave_facts *facts) {
    bool moved = facts->state == DELIVERY_READY && (!strcmp(facts->reason, "away") || !strcmp(facts->reason, "resting"));
    return moved ? facts->reason : "";
}

static bool check_wave(struct asked *asked, const struct wave *wave, const char **first_reason) {
    struct wave_facts facts = {.at_ms = wave->at_ms, .state = -1};
    if (!load_group(asked, wave->id, &facts) || !load_delivery(asked, wave->id, &facts)) return false;
    bool pending = facts.state == DELIVERY_READY || facts.state == DELIVERY_CLAIMED ||
                   facts.state == DELIVERY_ARMED || facts.state == DELIVERY_DEFERRED;
    if (facts.state >= 0 && !pending) return tell_ended(asked, wave, &facts), true;
    if (pending) return check_to_come(asked, wave, max_i64(facts.not_before_ms, asked->now_ms), waits_for(&facts), first_reason);
    if (facts.skipped[0] || wave->state == WAVE_SKIPPED) {
        tell(asked->why, "Vague %s : écartée dans son département, %s.", wave->name,
             skip_reason_text(facts.skipped[0] ? facts.skipped : wave->reason));
        return true;
    }
    if (facts.begun || wave->state == WAVE_DONE) {
        if ((wave->audience == AUDIENCE_RELAYS) == asked->why->party.relay)
            tell(asked->why,
                 "Vague %s : déjà partie, sans ce destinataire, qui n'était pas alors de son public.",
                 wave->name);
        return true;
    }
    if (asked->why->party.last_year && *asked->why->party.successor) return true; /* it is its successor's now */
    return check_not_planned(asked, wave, facts.at_ms, first_reason);
}

static bool check_waves(struct asked *asked) {
    struct waves waves;
    const char *first_reason = NULL;
    bool good = waves_load(asked->db, asked->campaign->id, &waves, asked->err);
    for (size_t i = 0; i < waves.count && good; i++) good = check_wave(asked, &waves.all[i], &first_reason);
    waves_release(&waves);
    if (!asked->why->next_wave[0]) because(asked->why, first_reason ? first_reason : asked->why->party.last_year ? "gone" : "no-wave");
    return good;
}

/* -- all of it ------------------------------------------------------------------------------------ */
static bool check_all(struct asked *asked) {
    check_campaign(asked);
    if (!check_approval(asked) || !check_enrolment(asked) || !check_hold(asked) || !check_contact(asked) || !check_waves(asked))
        return false;
    because(asked->why, "planned");
    if (strcmp(asked->why->reason, "planned") != 0) asked->why->next_wave[0] = '\0';
    return true;
}

bool why_load(struct db *db, const char *campaign_name, const char *id, const char *sender, int64_t now_ms,
              struct why *why, struct err *err) {
    *why = (struct why){.next_at_ms = -1};
    AUTO(tx) snapshot = tx_begin(db, TX_READ, err);
    struct campaign campaign = {0};
    struct asked asked = {.db = db, .campaign = &campaign, .sender = sender, .now_ms = now_ms, .why = why, .err = err};
    bool good =
        snapshot && campaign_load(db, campaign_name, &campaign, err) && party_find(db, id, &why->party, err);
    snprintf(why->campaign, sizeof why->campaign, "%s", campaign.name);
    asked.zone = zone_of_department(why->party.department);
    good = good && check_all(&asked);
    campaign_release(&campaign);
    return good;
}

void why_release(struct why *why) {
    for (size_t i = 0; i < why->detail_count; i++) free(why->details[i]);
    free(why->details);
    *why = (struct why){0};
}
