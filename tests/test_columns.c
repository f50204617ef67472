/* Header rows: which are, and what their columns mean. */
#include "base/buf.h"
#include "lists/columns.h"
#include "tests/tap.h"

enum { CELLS = 6 };
static const struct { const char *label; enum header_kind kind; const char *cells[CELLS]; const char *want; } CASES[] = {
    {"plain", HEADER_CONTACTS, {"Code INSEE", "Commune", "Courriel"}, "insee name email"},
    {"underscores", HEADER_CONTACTS, {"code_insee", "nom", "email"}, "insee name email"},
    {"accents and capitals", HEADER_CONTACTS, {"COG", "LIBELLÉ", "Mél", "Échantillon"}, "insee name email selection"},
    {"several e-mail columns", HEADER_CONTACTS, {"Nom", "Courriel", "Courriel 2"}, "name email email"},
    {"a number behind", HEADER_CONTACTS, {"Commune", "E-mail 12"}, "name email"},
    {"of the mairie", HEADER_CONTACTS, {"Commune", "Adresse électronique de la mairie"}, "name email"},
    {"bis is not understood", HEADER_CONTACTS, {"Commune", "Mail", "Mail 1 bis"}, "name email -"},
    {"SIREN", HEADER_CONTACTS, {"N° SIREN", "Raison sociale", "Mél", "Dép. siège"}, "siren name email -"},
    {"status columns", HEADER_CONTACTS, {"INSEE", "Mail", "Statut", "Répondu", "Répondu le", "Opposition"},
     "insee email status answered answer_date opposed"},
    {"place", HEADER_CONTACTS, {"Commune", "Dépt", "CP", "E-mail"}, "name department postal email"},
    {"the grouping beside the commune", HEADER_CONTACTS, {"Intercommunalité", "Commune", "Mail"}, "- name email"},
    {"the grouping alone", HEADER_CONTACTS, {"EPCI", "Mail"}, "name email"},
    {"a directory export", HEADER_CONTACTS, {"siren", "nom", "adresse_courriel", "pivot", "id", "code_insee_commune"},
     "siren name email pivot - insee"},
    {"trailing empty cells", HEADER_CONTACTS, {"Commune", "Mail", "", " "}, "name email"},
    {"no e-mail column", HEADER_CONTACTS, {"Code INSEE", "Commune"}, NULL},
    {"no identity", HEADER_CONTACTS, {"Courriel", "Téléphone"}, NULL},
    {"data", HEADER_CONTACTS, {"29001", "Argol", "mairie@argol.example"}, NULL},
    {"a status list", HEADER_STATUS, {"id", "nom", "statut"}, "id name status"},
    {"answers", HEADER_STATUS, {"identifiant", "date_reponse"}, "id answer_date"},
    {"id beside a code is not read", HEADER_STATUS, {"id", "insee", "statut"}, "- insee status"},
    {"nothing about a status", HEADER_STATUS, {"id", "nom"}, NULL},
    {"with e-mails it is none", HEADER_STATUS, {"insee", "statut", "mail"}, NULL},
    {"bare", HEADER_BARE, {"id", "nom"}, "id name"},
    {"networks", HEADER_RELAYS, {"departement", "sigle", "nom_fictif", "courriel", "courriel_reponse", "coordinateurs"},
     "department relay name email reply_to -"},
};

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct cell cells[CELLS];
        struct row row = {.line = 1, .cells = cells};
        for (; row.count < CELLS && CASES[i].cells[row.count]; row.count++)
            cells[row.count] = (struct cell){.text = CASES[i].cells[row.count], .length = strlen(CASES[i].cells[row.count])};
        struct arena arena = {0};
        struct columns columns;
        AUTO_BUF got = BUF_INIT(1000);
        bool header = columns_read(&row, CASES[i].kind, &arena, &columns);
        for (size_t k = 0; header && k < columns.count; k++)
            buf_add_format(&got, "%s%s", k ? " " : "", columns.roles[k] ? COLUMN_ROLE[columns.roles[k]] : "-");
        if (CASES[i].want) CHECK_TEXT(CASES[i].label, header ? buf_text(&got) : "(no header)", CASES[i].want);
        else CHECK(CASES[i].label, !header);
        if (header) CHECK(CASES[i].label, columns_repeated(&columns, &row));
        arena_release(&arena);
    }
    return tap_end();
}
