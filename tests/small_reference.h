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
        {"2B033", "commune", "212000335", "Bastia", "2B", "20200|20600"},
        {"13055", "commune", "211300553", "Marseille", "13", "13001|13002"},
        {"75056", "commune", "217500016", "Paris", "75", "75001|75116"},
        {"17300", "commune", "211703004", "La Rochelle", "17", "17000"},
        {"97101", "commune", "219711017", "Les Abymes", "971", "97139|97142"},
        {"01002", "commune", "210100020", "L'Abergement-de-Varey", "01", "01640"},
        {"76351", "commune", "217603513", "Le Havre", "76", "76600|76610"},
        {"85194", "commune", "200082139", "Les Sables-d'Olonne", "85", "85100|85180"},
        {"02565", "commune", "210205423", "Œuilly", "02", "02160"},
        {"05135", "commune", "210501359", "Sainte-Colombe", "05", "05700"},
        {"17319", "commune", "211703194", "Sainte-Colombe", "17", "17210"},
        {"80829", "commune", "218007771", "Y", "80", "80190"},
        {"247000623", "CC", "247000623", "CC des Quatre Rivières", "70", "70180"},
        {"247400666", "CC", "247400666", "CC des Quatre Rivières", "74", "74250"},
        {"200067627", "CC", "200067627", "CC Billom Communauté", "63", "63160"},
        {"242900694", "CA", "242900694", "CA Quimperlé Communauté", "29", "29300"}};
    static const struct { const char *code, *name, *nature, *now; } FORMER[] = {
        {"01091", "Châtillon-en-Michaille", "commune-deleguee", "01033"},
        {"69383", "Lyon 3e Arrondissement", "arrondissement-municipal", "69123"},
        {"13201", "Marseille 1er Arrondissement", "arrondissement-municipal", "13055"},
        {"75116", "Paris 16e Arrondissement", "arrondissement-municipal", "75056"},
        {"85060", "Château-d'Olonne", "commune-deleguee", "85194"},
        {"01999", "", "ancien-code", "01262"},
        {"20033", "", "ancien-code-corse", "2B033"},
        {"20004", "", "ancien-code-corse", "2A004"}};
    static const struct { const char *code, *name; } DEPARTMENTS[] = {
        {"01", "Ain"}, {"02", "Aisne"}, {"05", "Hautes-Alpes"}, {"13", "Bouches-du-Rhône"}, {"17", "Charente-Maritime"}, {"29", "Finistère"},
        {"2A", "Corse-du-Sud"}, {"2B", "Haute-Corse"}, {"42", "Loire"}, {"44", "Loire-Atlantique"}, {"63", "Puy-de-Dôme"}, {"69", "Rhône"}, {"70", "Haute-Saône"}, {"72", "Sarthe"},
        {"74", "Haute-Savoie"}, {"75", "Paris"}, {"76", "Seine-Maritime"}, {"80", "Somme"}, {"85", "Vendée"}, {"971", "Guadeloupe"},
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
