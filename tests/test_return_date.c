/* The day an auto-reply says its writer is back: wordings of town halls, and dates that are none; then mutations. */
#include <stdlib.h>

#include "base/clock.h"
#include "mailer/inbox/return_date.h"
#include "tests/tap.h"

/* sent: day of the mail, a Monday unless said otherwise. */
#define DECEMBER "2025-12-22"
#define JANUARY  "2026-01-05"
static const struct {
    const char *sent, *text, *want;
} CASES[] = {
    /* -- back on that day ----------------------------------------------------------------------------------------- */
    {DECEMBER, "Je serai de retour le lundi 5 janvier.", "2026-01-05"},
    {DECEMBER, "Je serai de retour le lundi 5 janvier 2026.", "2026-01-05"},
    {DECEMBER, "De retour le 5 janvier", "2026-01-05"},
    {DECEMBER, "de retour le 5 JANVIER 2026 au matin", "2026-01-05"},
    {DECEMBER, "Retour le 05/01/2026", "2026-01-05"},
    {DECEMBER, "Retour prévu le 05/01", "2026-01-05"},
    {DECEMBER, "Reprise le 05.01.", "2026-01-05"},
    {DECEMBER, "Reprise de mes fonctions le 05.01.26.", "2026-01-05"},
    {DECEMBER, "Retour : 05-01-2026", "2026-01-05"},
    {DECEMBER, "Date de retour : 2026-01-05", "2026-01-05"},
    {DECEMBER, "Je traiterai votre message à mon retour, le lundi 5 janvier.", "2026-01-05"},
    {DECEMBER, "Je reprendrai mon poste le mardi 6 janvier à 8h30.", "2026-01-06"},
    {DECEMBER, "La mairie rouvrira le lundi 5 janvier à 14h.", "2026-01-05"},
    {DECEMBER, "La mairie rouvrira ses portes lundi 5 janvier.", "2026-01-05"},
    {DECEMBER, "Réouverture le vendredi 2 janvier 2026 à 9 h.", "2026-01-02"},
    {DECEMBER, "Réouverture du secrétariat : lundi 5 janvier", "2026-01-05"},
    {DECEMBER, "Votre demande sera traitée à partir du 5 janvier.", "2026-01-05"},
    {DECEMBER, "Nous vous répondrons à compter du lundi 5 janvier.", "2026-01-05"},
    {DECEMBER, "Une réponse vous sera apportée dès le 5 janvier.", "2026-01-05"},
    {DECEMBER, "À compter du 5 janvier, je serai de nouveau joignable.", "2026-01-05"},
    {DECEMBER, "Le 5 janvier, nous serons de retour.", "2026-01-05"},
    {DECEMBER, "Je serai à nouveau disponible à partir du 5 janvier.", "2026-01-05"},
    {DECEMBER, "Le secrétariat sera de nouveau ouvert le 5 janvier.", "2026-01-05"},
    {DECEMBER, "Je reviens le 29 décembre.", "2025-12-29"},
    {DECEMBER, "Je rentrerai le 1er janvier au soir.", "2026-01-01"},
    {DECEMBER, "Retour au bureau le 1er février.", "2026-02-01"},
    {DECEMBER, "Retour en mairie prévu le jeudi 8 janvier", "2026-01-08"},
    {DECEMBER, "Je suis absent, retour lundi 29.", "2025-12-29"},
    {DECEMBER, "Je serai de retour lundi.", "2025-12-29"},
    {DECEMBER, "De retour mardi matin.", "2025-12-23"},
    {DECEMBER, "Je serai de retour demain.", "2025-12-23"},
    {DECEMBER, "De retour la semaine prochaine.", "2025-12-29"},
    {DECEMBER, "En congé jusqu'au 2 janvier inclus, reprise le 5 janvier.", "2026-01-05"},
    {DECEMBER, "Je suis en congé du 22 décembre au 2 janvier inclus. Je serai de retour le lundi 5 janvier.", "2026-01-05"},
    {DECEMBER, "I will be back on Monday 5 January.", "2026-01-05"},
    {DECEMBER, "I will be back on January 5th.", "2026-01-05"},
    {DECEMBER, "I'll be back in the office on Monday, January 5th, 2026.", "2026-01-05"},
    {DECEMBER, "Returning on the 5th of January.", "2026-01-05"},
    {DECEMBER, "I return 5 Jan 2026.", "2026-01-05"},
    {DECEMBER, "I will be back on Monday.", "2025-12-29"},
    {DECEMBER, "Back tomorrow.", "2025-12-23"},
    {DECEMBER, "The office will reopen on 01/12/2026.", "2026-12-01"},
    {DECEMBER, "The office will reopen on 12/29/2025.", "2025-12-29"},
    {DECEMBER, "I will reply to your message on Jan. 6.", "2026-01-06"},
    {"2010-01-04", "Smith is out of the office. (returning 05/01/2010)", "2010-01-05"},
    {DECEMBER, "Bonjour,\n\nJe suis absente.\nRetour le\nlundi 5\njanvier.", "2026-01-05"},
    {DECEMBER, "Retour le lun. 5 janv. 2026.", "2026-01-05"},
    {DECEMBER, "Absent(e). Date de reprise : 12 janv.", "2026-01-12"},
    /* -- the day after --------------------------------------------------------------------------------------------- */
    {DECEMBER, "Je suis absente jusqu'au 9 janvier 2026 inclus.", "2026-01-10"},
    {DECEMBER, "Je suis absent jusqu'au 2 janvier.", "2026-01-03"},
    {DECEMBER, "Absente jusqu'au vendredi 2.", "2026-01-03"},
    {DECEMBER, "Absente jusqu\xE2\x80\x99" "au vendredi 2 janvier.", "2026-01-03"},
    {DECEMBER, "En congés jusqu'au 02/01.", "2026-01-03"},
    {DECEMBER, "En congés du 22/12 au 02/01.", "2026-01-03"},
    {DECEMBER, "En congés du 22/12/2025 au 02/01/2026 inclus.", "2026-01-03"},
    {DECEMBER, "Absence du 22 au 26 décembre", "2025-12-27"},
    {"2025-12-24", "Absence du 22 au 26 décembre", "2025-12-27"},
    {DECEMBER, "La mairie est fermée du 24 décembre au 2 janvier.", "2026-01-03"},
    {DECEMBER, "La mairie est fermée du mercredi 24 décembre 2025 à midi au vendredi 2 janvier 2026 inclus.", "2026-01-03"},
    {DECEMBER, "Le secrétariat sera fermé du 22 décembre au 4 janvier inclus.", "2026-01-05"},
    {DECEMBER, "Fermeture annuelle du 22.12 au 02.01", "2026-01-03"},
    {DECEMBER, "Je suis actuellement en déplacement. Jusqu'au 30 décembre, contactez l'accueil.", "2025-12-31"},
    {DECEMBER, "Je suis en arrêt maladie jusqu'au 15 janvier 2026.", "2026-01-16"},
    {DECEMBER, "En congé maternité jusqu'à fin mars.", "2026-04-01"},
    {DECEMBER, "Absent jusqu'à la fin du mois.", "2026-01-01"},
    {DECEMBER, "Je suis absente aujourd'hui.", "2025-12-23"},
    {DECEMBER, "Je suis en congés cette semaine.", "2025-12-29"},
    {DECEMBER, "Je suis absent jusqu'à vendredi.", "2025-12-27"},
    {DECEMBER, "Je suis absent jusqu'à demain.", "2025-12-24"},
    {DECEMBER, "I am out of the office until January 5th.", "2026-01-06"},
    {DECEMBER, "I am away until Monday 5 January 2026.", "2026-01-06"},
    {DECEMBER, "I will be on leave from 22 December to 2 January.", "2026-01-03"},
    {DECEMBER, "On annual leave from December 22 through January 2.", "2026-01-03"},
    {DECEMBER, "Out of office till the 12th of January.", "2026-01-13"},
    {DECEMBER, "We are closed until the end of the month.", "2026-01-01"},
    {DECEMBER, "Absente du 22 au 24 décembre et du 26 décembre au 2 janvier.", "2026-01-03"},
    {DECEMBER, "Absent du 22/12 - 26/12.", "2025-12-27"},
    {DECEMBER, "Mes congés se terminent le 2 janvier.", "2026-01-03"},
    {DECEMBER, "Secrétariat fermé jusqu'au lundi 5 janvier 2026 à 9h00.", "2026-01-05"},
    {DECEMBER, "Absent jusqu'au lundi 5 janvier au matin.", "2026-01-05"},
    {DECEMBER, "Absent jusqu'au vendredi 2 janvier à 18 h.", "2026-01-03"},
    {DECEMBER, "Je prendrai connaissance de votre message à partir du 5 janvier prochain.", "2026-01-05"},
    {DECEMBER, "Je suis absente : du 22 décembre 2025\nau 2 janvier 2026.", "2026-01-03"},
    {"2025-12-31", "Absent jusqu'au 31 décembre inclus.", "2026-01-01"},
    {"2024-02-27", "Absent jusqu'au 28 février.", "2024-02-29"},
    {"2025-12-15", "Fermé du 29 au 31 décembre.", "2026-01-01"},
    {"2026-07-20", "La mairie est fermée du 3 au 21 août inclus.", "2026-08-22"},
    {"2026-07-20", "Congés d'été : fermeture du 27/07 au 14/08, réouverture le lundi 17/08.", "2026-08-17"},
    /* -- year -------------------------------------------------------------------------------------------------------- */
    {JANUARY, "De retour le 12 janvier.", "2026-01-12"},
    {JANUARY, "De retour le 5 janvier.", "2026-01-05"},
    {JANUARY, "De retour le 2 janvier.", ""},               /* a responder somebody forgot */
    {JANUARY, "De retour le 2 janvier 2026.", ""},
    {JANUARY, "De retour le 2 janvier 2027.", "2027-01-02"},
    {JANUARY, "De retour le 12 janvier 2028.", ""},
    {JANUARY, "Absent jusqu'au 4 janvier inclus.", ""},
    {JANUARY, "Absent du 22 décembre au 2 janvier.", ""},
    {JANUARY, "De retour le 29 février.", ""},
    {JANUARY, "De retour le 31 février 2026.", ""},
    {JANUARY, "De retour le mardi 12 janvier.", ""},        /* it is a Monday */
    {"2025-11-28", "De retour le 28 novembre", "2025-11-28"},
    {"2025-09-01", "Congé parental, de retour le 1er mai.", "2026-05-01"},
    /* -- dates of something else --------------------------------------------------------------------------------------- */
    {JANUARY, "La mairie est ouverte du lundi au vendredi de 9h à 12h.", ""},
    {JANUARY, "Horaires : du mardi 9.00 au jeudi 17.30.", ""},
    {JANUARY, "Tél. 05.01.02.03.04, de retour bientôt.", ""},
    {JANUARY, "Je suis absent, joignable au 05 01 26 07 08.", ""},
    {JANUARY, "Fermeture le mercredi. Standard : 02-03-04-05-06", ""},
    {JANUARY, "La réunion du conseil municipal aura lieu le 12 janvier.", ""},
    {JANUARY, "Je suis absente. Les inscriptions sont ouvertes jusqu'au 16 janvier.", ""},
    {JANUARY, "Merci de répondre au questionnaire avant le 30 janvier.", ""},
    {JANUARY, "Retour des dossiers avant le 16 janvier.", ""},
    {JANUARY, "Le dossier est à retourner le 16 janvier au plus tard.", ""},
    {JANUARY, "Nous avons bien reçu votre message du 5 janvier 2026.", ""},
    {JANUARY, "Je suis absent jusqu'à nouvel ordre.", ""},
    {JANUARY, "Depuis le 1er janvier, la commune a une nouvelle adresse.", ""},
    {JANUARY, "Recensement du 15 janvier au 14 février 2026.", ""},
    {JANUARY, "Je suis de retour, voici notre réponse.", ""},
    {JANUARY, "Permanence des élus : samedi 10 janvier de 10h à 12h. Je suis absent.", ""},
    {JANUARY, "This is an automated response to your message sent on 04/01/2026 10:55:58.", ""},
    {JANUARY, "Mairie de 44000, 12 rue du 11 novembre.", ""},
    {JANUARY, "Accusé de réception : votre demande n° 2026-01-12 est enregistrée.", ""},
    {JANUARY, "", ""},
};

static int64_t day_from(const char *text) {
    int64_t instant_ms = 0;
    return instant_parse(text, true, &instant_ms) ? instant_ms / DAY_MS : -1;
}

static void check_dates_of_mail(void) {
    static const struct {
        const char *value, *want;
    } DATES[] = {{"Mon, 05 Jan 2026 10:00:00 +0100", "2026-01-05"},
                 {"5 Jan 2026 10:00:00 +0100", "2026-01-05"},
                 {"Mon, 5 Jan 26 10:00 GMT", "2026-01-05"},
                 {"Fri, 31 Jan 2025 23:59:59 -1000 (HST)", "2025-01-31"},
                 {"31 Feb 2026 10:00:00", ""},
                 {"hier", ""},
                 {"", ""}};
    for (size_t i = 0; i < COUNT(DATES); i++) {
        int64_t day = -1;
        bool read = mail_date_day(DATES[i].value, &day);
        CHECK_INT(DATES[i].value, read ? day : -1, day_from(DATES[i].want));
    }
}

/* Whatever comes, the answer is "" or a day within a year. */
static void check_mutations(void) {
    uint64_t state = 88172645463325252u;
    size_t broken = 0, found = 0;
    int64_t sent = day_from(DECEMBER);
    for (int round = 0; round < 20000; round++) {
        char text[400], out[RETURN_DATE];
        size_t length = strlen(CASES[(size_t)round % COUNT(CASES)].text);
        if (length > sizeof text) length = sizeof text;
        memcpy(text, CASES[(size_t)round % COUNT(CASES)].text, length);
        for (int change = 0; change < 4 && length; change++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            static const char PIECES[] = "0123456789/.-: \n\xC3\xFF\x01" "j19";
            text[state % length] = PIECES[(state >> 32) % (sizeof PIECES - 1)];
        }
        char *exact = mem_copy(text, length + !length);
        bool any = return_date_find("", exact, length, sent, out);
        free(exact);
        int64_t day = any ? day_from(out) : sent;
        found += any;
        broken += any != (*out != '\0') || day < sent || day > sent + RETURN_DAYS;
    }
    CHECK_INT("mutations: nothing but a day within a year, or none", broken, 0);
    CHECK("mutations: some still say a day", found > 1000);
}

static void check_long_texts(void) {
    AUTO_BUF text = BUF_INIT(1 << 20);
    char out[RETURN_DATE];
    while (text.length < 200000) buf_add_text(&text, "absent du 1/1 au 2/1 jusqu'au ");
    int64_t before_ms = monotonic_ms();
    return_date_find("", buf_text(&text), text.length, day_from(JANUARY), out);
    CHECK("a text of dates only ends soon", monotonic_ms() - before_ms < 1000);
    CHECK("days before 1970 and beyond have no answer", !return_date_find("", "De retour demain.", 17, -5, out) &&
                                                            !return_date_find("", "De retour demain.", 17, INT64_MAX / 2, out));
}

int main(void) {
    CHECK("a hundred cases", COUNT(CASES) >= 100);
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char out[RETURN_DATE];
        return_date_find("", CASES[i].text, strlen(CASES[i].text), day_from(CASES[i].sent), out);
        CHECK_TEXT(CASES[i].text, out, CASES[i].want);
    }
    char out[RETURN_DATE];
    const char *text = "Je vous répondrai à mon retour.";
    return_date_find("Absence du 22/12 au 02/01 Re: Enquête", text, strlen(text), day_from(DECEMBER), out);
    CHECK_TEXT("in the subject alone", out, "2026-01-03");
    check_dates_of_mail();
    check_mutations();
    check_long_texts();
    return tap_end();
}
