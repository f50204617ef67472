/* A small reference for tests of lists: a few communes of each difficulty, groupings, former codes. */
#ifndef TESTS_SMALL_REFERENCE_H
#define TESTS_SMALL_REFERENCE_H

#include <string.h>

#include "base/text.h"
#include "lists/reference.h"

static inline struct reference *small_reference(void) {
    static const struct { const char *id, *type, *siren, *name, *department, *postcodes; } WHO[] = {
        {"01262", "commune", "210102620", "Montluel", "01", "01120"},
        {"01033", "commune", "210100335", "Valserhône", "01", "01200"},
        {"29001", "commune", "212900013", "Argol", "29", "29560"},
        {"29019", "commune", "212900195", "Brest", "29", "29200"},
        {"29232", "commune", "212902324", "Quimper", "29", "29000"},
        {"72181", "commune", "217201813", "Le Mans", "72", "72000"},
        {"69123", "commune", "216901231", "Lyon", "69", "69001|69002|69003"},
        {"94038", "commune", "219400389", "L'Haÿ-les-Roses", "94", "94240"},
        {"97411", "commune", "219740115", "Saint-Denis", "974", "97400"},
        {"93066", "commune", "219300662", "Saint-Denis", "93", "93200"},
        {"2A004", "commune", "212000046", "Ajaccio", "2A", "20000"},
        {"89424", "commune", "218904241", "Venizy", "89", "89210"},
        {"200067627", "CC", "200067627", "CC Billom Communauté", "63", "63160"},
        {"242900694", "CA", "242900694", "CA Quimperlé Communauté", "29", "29300"}};
    static const struct { const char *code, *name, *nature, *now; } FORMER[] = {
        {"01091", "Châtillon-en-Michaille", "commune-deleguee", "01033"},
        {"69383", "Lyon 3e Arrondissement", "arrondissement-municipal", "69123"},
        {"20004", "", "ancien-code-corse", "2A004"}};
    static const struct { const char *code, *name; } DEPARTMENTS[] = {
        {"01", "Ain"}, {"29", "Finistère"}, {"2A", "Corse-du-Sud"}, {"63", "Puy-de-Dôme"}, {"69", "Rhône"}, {"72", "Sarthe"},
        {"89", "Yonne"}, {"93", "Seine-Saint-Denis"}, {"94", "Val-de-Marne"}, {"974", "La Réunion"}};
    struct reference *reference = reference_new();
    struct err err;
    for (size_t i = 0; i < COUNT(WHO); i++) {
        AUTO_BUF key = BUF_INIT(200);
        text_normalise(&key, WHO[i].name, strlen(WHO[i].name));
        bool commune = !strcmp(WHO[i].type, "commune");
        reference_add(reference, &(struct collectivity){
            .id = WHO[i].id, .type = WHO[i].type, .insee = commune ? WHO[i].id : "", .siren = WHO[i].siren, .name = WHO[i].name,
            .name_key = buf_text(&key), .department = WHO[i].department, .epci_siren = "", .postcodes = WHO[i].postcodes});
    }
    for (size_t i = 0; i < COUNT(FORMER); i++) {
        AUTO_BUF key = BUF_INIT(200);
        text_normalise(&key, FORMER[i].name, strlen(FORMER[i].name));
        reference_add_former(reference, &(struct former_commune){FORMER[i].code, FORMER[i].name, buf_text(&key), FORMER[i].nature, FORMER[i].now});
    }
    for (size_t i = 0; i < COUNT(DEPARTMENTS); i++) {
        AUTO_BUF key = BUF_INIT(200);
        text_normalise(&key, DEPARTMENTS[i].name, strlen(DEPARTMENTS[i].name));
        reference_add_department(reference, &(struct department){DEPARTMENTS[i].code, DEPARTMENTS[i].name, buf_text(&key), "", "", "metro"});
    }
    return reference_ready(reference, &err) ? reference : NULL;
}

#endif
