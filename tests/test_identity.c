/* Whom a row is about: codes intact and damaged, names by department, refusals. */
#include "lists/identity.h"
#include "tests/small_reference.h"
#include "tests/tap.h"

#define W(code) (1u << WARN_##code)
static const struct { const char *label; struct identity_cells cells; const char *want; unsigned warnings; } CASES[] = {
    {"INSEE", {.insee = "29001"}, "29001", 0},
    {"INSEE with its name", {.insee = "29001", .name = "ARGOL"}, "29001", 0},
    {"blanks", {.insee = " 29\xC2\xA0" "001 "}, "29001", 0},
    {"lost zero", {.insee = "1262"}, "01262", W(INSEE_PADDED)},
    {"wrapped", {.insee = "=\"01262\""}, "01262", 0},
    {"apostrophe", {.insee = "'01262"}, "01262", 0},
    {"decimals", {.insee = "29001.0"}, "29001", 0},
    {"decimals, French", {.insee = "29001,0"}, "29001", 0},
    {"Corsica, small letter", {.insee = "2a004"}, "2A004", 0},
    {"Corsica, old code", {.insee = "20004", .name = "Ajaccio"}, "2A004", W(INSEE_CORSE)},
    {"Corsica, old code, other name", {.insee = "20004", .name = "Bastia"}, "INSEE_UNKNOWN", 0},
    {"Corsica, a postal code", {.insee = "20000", .name = "Ajaccio"}, "INSEE_UNKNOWN", 0},
    {"former code", {.insee = "01091"}, "01033", W(CODE_OBSOLETE)},
    {"former code with its name", {.insee = "01091", .name = "Châtillon en Michaille"}, "01033", W(CODE_OBSOLETE)},
    {"arrondissement", {.insee = "69383", .name = "Lyon 3e Arrondissement"}, "69123", W(ARRONDISSEMENT)},
    {"unknown", {.insee = "29999"}, "INSEE_UNKNOWN", 0},
    {"too long", {.insee = "290011"}, "INSEE_UNKNOWN", 0},
    {"text", {.insee = "Argol"}, "INSEE_UNKNOWN", 0},
    {"placeholder and name", {.insee = "n/a", .name = "Argol", .department = "29"}, "29001", 0},
    {"scientific, found by name", {.insee = "2,90E+04", .name = "Argol", .department = "29"}, "29001", W(ID_FROM_NAME)},
    {"error, found by name", {.insee = "#N/A", .name = "Brest", .department = "Finistère"}, "29019", W(ID_FROM_NAME)},
    {"hashes, no name", {.insee = "####"}, "ID_DESTROYED", 0},
    {"scientific, unknown name", {.insee = "2,90E+04", .name = "Nulle-Part", .department = "29"}, "ID_DESTROYED", 0},
    {"name of a neighbour", {.insee = "29001", .name = "Brest"}, "ID_NAME_CONFLICT", 0},
    {"name of nobody there", {.insee = "29001", .name = "Le Mans"}, "29001", W(NAME_MISMATCH)},
    {"name that is a formula", {.insee = "29001", .name = "=1+1"}, "29001", W(TEXT_SUSPECT)},
    {"name that is markup", {.insee = "29001", .name = "<script>x"}, "29001", W(TEXT_SUSPECT)},
    {"name over two lines", {.insee = "29001", .name = "Argol\nBcc: x"}, "29001", W(TEXT_SUSPECT)},
    {"a dash for a name", {.insee = "29001", .name = "-"}, "29001", 0},
    {"SIREN of a grouping", {.siren = "200067627"}, "200067627", 0},
    {"SIREN of a commune", {.siren = "212900013", .name = "Argol"}, "29001", 0},
    {"SIREN with blanks", {.siren = "200 067 627"}, "200067627", 0},
    {"SIREN with letters", {.siren = "SIREN 200067627"}, "200067627", 0},
    {"SIRET", {.siren = "20006762700015"}, "200067627", W(SIRET_TRUNCATED)},
    {"SIREN too short", {.siren = "20006762"}, "SIREN_MALFORMED", 0},
    {"SIREN misspelt", {.siren = "200067620"}, "SIREN_LUHN", 0},
    {"SIREN of nobody", {.siren = "299999904"}, "SIREN_UNKNOWN", 0},
    {"SIREN destroyed", {.siren = "2,00E+08", .name = "CC Billom Communauté"}, "200067627", W(ID_FROM_NAME)},
    {"SIREN destroyed, a commune's name", {.siren = "2,00E+08", .name = "Argol"}, "ID_DESTROYED", 0},
    {"both, the same", {.insee = "29001", .siren = "212900013"}, "29001", 0},
    {"both, different", {.insee = "29001", .siren = "200067627"}, "ID_CONFLICT", 0},
    {"good INSEE, bad SIREN", {.insee = "29001", .siren = "123"}, "SIREN_MALFORMED", 0},
    {"destroyed INSEE, good SIREN", {.insee = "#REF!", .siren = "212900013"}, "29001", 0},
    {"id that is an INSEE code", {.any = "29001"}, "29001", 0},
    {"id that is a SIREN", {.any = "200067627"}, "200067627", 0},
    {"id that lost its zero", {.any = "1262"}, "01262", W(INSEE_PADDED)},
    {"nothing", {.name = ""}, "ID_MISSING", 0},
    {"name, department by name", {.name = "Saint Denis", .department = "La Réunion"}, "97411", 0},
    {"name, department by code", {.name = "ST-DENIS", .department = "93"}, "93066", 0},
    {"name, department and code", {.name = "Saint-Denis", .department = "Seine-Saint-Denis (93)"}, "93066", 0},
    {"name, code and department", {.name = "Saint-Denis", .department = "93 - Seine-Saint-Denis"}, "93066", 0},
    {"name, department without its zero", {.name = "Montluel", .department = "1"}, "01262", 0},
    {"name, strict department", {.name = "Argol", .department = "72"}, "NAME_UNKNOWN", 0},
    {"name, unreadable department", {.name = "Saint-Denis", .department = "?"}, "NAME_AMBIGUOUS", 0},
    {"name, postal code", {.name = "Saint-Denis", .postal = "97400"}, "97411", 0},
    {"name, alone and unique", {.name = "Argol"}, "29001", 0},
    {"name, alone and not unique", {.name = "Saint-Denis"}, "NAME_AMBIGUOUS", 0},
    {"name, unknown", {.name = "Trifouilly-les-Oies"}, "NAME_UNKNOWN", 0},
    {"former name", {.name = "Châtillon-en-Michaille", .department = "01"}, "01033", W(CODE_OBSOLETE)},
    {"mairie de", {.name = "Mairie de Brest", .department = "29"}, "29019", 0},
    {"mairie d'", {.name = "Mairie d'Argol", .department = "29"}, "29001", 0},
    {"commune du", {.name = "Commune du Mans", .department = "72"}, "72181", 0},
    {"mairie de l'", {.name = "Mairie de l'Haÿ-les-Roses", .department = "94"}, "94038", 0},
    {"article behind", {.name = "Haÿ-les-Roses (L')", .department = "94"}, "94038", 0},
    {"mairie alone", {.name = "MAIRIE BREST", .department = "29"}, "29019", 0},
    {"a grouping by name", {.name = "CA Quimperlé Communauté"}, "242900694", 0},
};

static const char *given(const char *text) { return text ? text : ""; }

int main(void) {
    AUTO(reference) reference = small_reference();
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct identity_cells *c = &CASES[i].cells;
        struct identity_cells cells = {given(c->any), given(c->insee), given(c->siren), given(c->name), given(c->department), given(c->postal), NULL};
        struct identity got = identity_find(reference, &cells);
        CHECK_TEXT(CASES[i].label, got.who ? got.who->id : got.reason, CASES[i].want);
        CHECK_INT(CASES[i].label, got.who ? got.warnings : 0, CASES[i].warnings);
    }
    const struct department *reunion = reference_department(reference, "974");
    struct identity_cells carried = {"", "", "", "Saint-Denis", "", "", reunion}, not_there = {"", "", "", "Argol", "", "", reunion};
    struct identity got = identity_find(reference, &carried);
    CHECK_TEXT("carried department", got.who ? got.who->id : got.reason, "97411");
    CHECK_INT("and a warning", got.warnings, W(DEPARTMENT_CARRIED));
    got = identity_find(reference, &not_there);
    CHECK_TEXT("a carried department is not strict", got.who ? got.who->id : got.reason, "29001");
    CHECK_INT("then nothing is carried", got.warnings, 0);
    CHECK("Luhn", siren_luhn("200067627") && !siren_luhn("200067626"));
    return tap_end();
}
