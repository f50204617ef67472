/* « de » and « à » before names, checked by hand against official usage; then every name of the reference. */
#include <stdlib.h>

#include "base/embedded.h"
#include "base/text.h"
#include "templates/fields.h"
#include "tests/tap.h"

static const struct {
    const char *name, *de, *a;
} COMMUNES[] = {{"Brest", "de Brest", "à Brest"},
                {"Paris", "de Paris", "à Paris"},
                {"Quimper", "de Quimper", "à Quimper"},
                {"Wissant", "de Wissant", "à Wissant"},
                {"Argol", "d'Argol", "à Argol"},
                {"Épinal", "d'Épinal", "à Épinal"},
                {"Évreux", "d'Évreux", "à Évreux"},
                {"Étretat", "d'Étretat", "à Étretat"},
                {"Œuilly", "d'Œuilly", "à Œuilly"},
                {"Île-de-Batz", "d'Île-de-Batz", "à Île-de-Batz"},
                {"Ouessant", "d'Ouessant", "à Ouessant"},
                {"Ouistreham", "de Ouistreham", "à Ouistreham"},
                {"Oullins-Pierre-Bénite", "d'Oullins-Pierre-Bénite", "à Oullins-Pierre-Bénite"},
                {"Uzès", "d'Uzès", "à Uzès"},
                {"Istres", "d'Istres", "à Istres"},
                {"Y", "d'Y", "à Y"},
                {"Yvetot", "d'Yvetot", "à Yvetot"},
                {"Yssingeaux", "d'Yssingeaux", "à Yssingeaux"},
                {"Ytrac", "d'Ytrac", "à Ytrac"},
                {"Yutz", "de Yutz", "à Yutz"},
                {"Yenne", "de Yenne", "à Yenne"},
                {"Le Faou", "du Faou", "au Faou"},
                {"Le Havre", "du Havre", "au Havre"},
                {"Le Mans", "du Mans", "au Mans"},
                {"Le Haillan", "du Haillan", "au Haillan"},
                {"Le Hézo", "du Hézo", "au Hézo"},
                {"La Rochelle", "de La Rochelle", "à La Rochelle"},
                {"La Haye", "de La Haye", "à La Haye"},
                {"La Roche-sur-Yon", "de La Roche-sur-Yon", "à La Roche-sur-Yon"},
                {"Les Sables-d'Olonne", "des Sables-d'Olonne", "aux Sables-d'Olonne"},
                {"Les Abymes", "des Abymes", "aux Abymes"},
                {"Les Herbiers", "des Herbiers", "aux Herbiers"},
                {"Les Ulis", "des Ulis", "aux Ulis"},
                {"L'Haÿ-les-Roses", "de L'Haÿ-les-Roses", "à L'Haÿ-les-Roses"},
                {"L'Abergement-de-Varey", "de L'Abergement-de-Varey", "à L'Abergement-de-Varey"},
                {"L'Île-d'Yeu", "de L'Île-d'Yeu", "à L'Île-d'Yeu"},
                {"Lesneven", "de Lesneven", "à Lesneven"},
                {"Lens", "de Lens", "à Lens"},
                {"Levallois-Perret", "de Levallois-Perret", "à Levallois-Perret"},
                {"Hyères", "d'Hyères", "à Hyères"},
                {"Hœnheim", "de Hœnheim", "à Hœnheim"},
                {"Hœrdt", "de Hœrdt", "à Hœrdt"},
                {"Haguenau", "de Haguenau", "à Haguenau"},
                {"Habsheim", "de Habsheim", "à Habsheim"},
                {"Hayange", "de Hayange", "à Hayange"},
                {"Hagondange", "de Hagondange", "à Hagondange"},
                {"Hettange-Grande", "de Hettange-Grande", "à Hettange-Grande"},
                {"Herserange", "d'Herserange", "à Herserange"},
                {"Huningue", "de Huningue", "à Huningue"},
                {"Horbourg-Wihr", "de Horbourg-Wihr", "à Horbourg-Wihr"},
                {"Honfleur", "de Honfleur", "à Honfleur"},
                {"Houilles", "de Houilles", "à Houilles"},
                {"Houdan", "de Houdan", "à Houdan"},
                {"Ham", "de Ham", "à Ham"},
                {"Hem", "de Hem", "à Hem"},
                {"Haute-Goulaine", "de Haute-Goulaine", "à Haute-Goulaine"},
                {"Hautefort", "de Hautefort", "à Hautefort"},
                {"Hauteville-sur-Mer", "de Hauteville-sur-Mer", "à Hauteville-sur-Mer"},
                {"Hautmont", "d'Hautmont", "à Hautmont"},
                {"Hautot-sur-Mer", "d'Hautot-sur-Mer", "à Hautot-sur-Mer"},
                {"Hazebrouck", "d'Hazebrouck", "à Hazebrouck"},
                {"Hendaye", "d'Hendaye", "à Hendaye"},
                {"Hennebont", "d'Hennebont", "à Hennebont"},
                {"Hénin-Beaumont", "d'Hénin-Beaumont", "à Hénin-Beaumont"},
                {"Hérouville-Saint-Clair", "d'Hérouville-Saint-Clair", "à Hérouville-Saint-Clair"},
                {"Herblay-sur-Seine", "d'Herblay-sur-Seine", "à Herblay-sur-Seine"},
                {"Harfleur", "d'Harfleur", "à Harfleur"},
                {"Haubourdin", "d'Haubourdin", "à Haubourdin"},
                {"Halluin", "d'Halluin", "à Halluin"},
                {"Hagetmau", "d'Hagetmau", "à Hagetmau"},
                {"Huelgoat", "de Huelgoat", "à Huelgoat"},
                {"Huez", "d'Huez", "à Huez"},
                {"Hirson", "d'Hirson", "à Hirson"},
                {"Hourtin", "d'Hourtin", "à Hourtin"},
                {"Hôpital-Camfrout", "d'Hôpital-Camfrout", "à Hôpital-Camfrout"},
                {"Hiva-Oa", "de Hiva-Oa", "à Hiva-Oa"},
                {"Huahine", "de Huahine", "à Huahine"},
                {"Métropole", "de Métropole", "à Métropole"}, /* a commune takes no common noun's article */
                {"", "de ", "à "}};

static const struct {
    const char *name, *de, *a;
} GROUPINGS[] = {
    {"CC de la Dombes", "de la communauté de communes de la Dombes", "à la communauté de communes de la Dombes"},
    {"CC Dombes Saône Vallée", "de la communauté de communes Dombes Saône Vallée", "à la communauté de communes Dombes Saône Vallée"},
    {"CA Quimper Bretagne Occidentale", "de la communauté d'agglomération Quimper Bretagne Occidentale",
     "à la communauté d'agglomération Quimper Bretagne Occidentale"},
    {"CU d'Arras", "de la communauté urbaine d'Arras", "à la communauté urbaine d'Arras"},
    {"Métropole de Lyon", "de la Métropole de Lyon", "à la Métropole de Lyon"},
    {"Métropole Rouen Normandie", "de la Métropole Rouen Normandie", "à la Métropole Rouen Normandie"},
    {"Eurométropole de Strasbourg", "de l'Eurométropole de Strasbourg", "à l'Eurométropole de Strasbourg"},
    {"Brest Métropole", "de Brest Métropole", "à Brest Métropole"},
    {"Orléans Métropole", "d'Orléans Métropole", "à Orléans Métropole"},
    {"Grenoble-Alpes-Métropole", "de Grenoble-Alpes-Métropole", "à Grenoble-Alpes-Métropole"},
    {"Le Grand Chalon", "du Grand Chalon", "au Grand Chalon"},
    {"SIVU des écoles", "du SIVU des écoles", "au SIVU des écoles"},
    {"Syndicat mixte du Haut-Jura", "du Syndicat mixte du Haut-Jura", "au Syndicat mixte du Haut-Jura"},
    {"PETR du Pays de Brest", "du PETR du Pays de Brest", "au PETR du Pays de Brest"},
    {"Pays Basque", "du Pays Basque", "au Pays Basque"},
    {"EPT Plaine Commune", "de l'EPT Plaine Commune", "à l'EPT Plaine Commune"},
    {"Établissement public foncier", "de l'Établissement public foncier", "à l'Établissement public foncier"},
    {"Association départementale des maires – Ain", "de l'Association départementale des maires – Ain",
     "à l'Association départementale des maires – Ain"},
    {"AMF 29", "de l'AMF 29", "à l'AMF 29"}};

static void check_one(const char *name, bool is_grouping, const char *want_de, const char *want_a) {
    AUTO_BUF de = BUF_INIT(300), a = BUF_INIT(300);
    name_with_de(name, is_grouping, &de);
    name_with_a(name, is_grouping, &a);
    CHECK_TEXT(want_de, buf_text(&de), want_de);
    CHECK_TEXT(want_a, buf_text(&a), want_a);
}

/* What holds for each of 36,224 names: an article behind « de » or « à » never stays unmerged, and nothing of
 * the name is lost. */
static bool sound(const char *name, bool is_grouping) {
    AUTO_BUF de = BUF_INIT(300), a = BUF_INIT(300);
    name_with_de(name, is_grouping, &de);
    name_with_a(name, is_grouping, &a);
    const char *with_de = buf_text(&de), *with_a = buf_text(&a);
    const char *rest = text_starts(name, "Le ")                                    ? name + 3
                       : text_starts(name, "Les ") || text_starts(name, "Aux ")     ? name + 4
                       : is_grouping && name[0] == 'C' && strchr("CAU", name[1]) ? name + 2
                                                                                     : name;
    size_t rest_length = strlen(rest);
    return !text_starts(with_de, "de Le ") && !text_starts(with_de, "de Les ") &&
           !text_starts(with_a, "à Le ") && !text_starts(with_a, "à Les ") &&
           !strcmp(with_de + de.length - rest_length, rest) &&
           !strcmp(with_a + a.length - rest_length, rest) &&
           (with_de[0] == 'd' && (with_de[1] == '\'' || with_de[1] == 'e' || with_de[1] == 'u'));
}

static void check_reference(void) {
    const struct embedded_file *file = embedded_find("lists/reference/collectivites-2026.csv");
    AUTO_TEXT all = text_dup(file ? file->bytes : "");
    long names = 0, unsound = 0;
    char *line_state = NULL;
    for (char *line = strtok_r(all, "\n", &line_state); line; line = strtok_r(NULL, "\n", &line_state)) {
        char *cells[5] = {0}, *rest = line;
        for (size_t i = 0; i < COUNT(cells); i++) cells[i] = strsep(&rest, ";");
        if (!cells[4] || !strcmp(cells[0], "id")) continue;
        names++;
        if (sound(cells[4], strcmp(cells[1], "commune") != 0)) continue;
        printf("# %s\n", cells[4]);
        unsound++;
    }
    CHECK_INT("names of the reference", names, 36224);
    CHECK_INT("unsound among them", unsound, 0);
}

int main(void) {
    for (size_t i = 0; i < COUNT(COMMUNES); i++)
        check_one(COMMUNES[i].name, false, COMMUNES[i].de, COMMUNES[i].a);
    for (size_t i = 0; i < COUNT(GROUPINGS); i++)
        check_one(GROUPINGS[i].name, true, GROUPINGS[i].de, GROUPINGS[i].a);
    check_reference();
    CHECK_INT("a text field", field_of("nom_de", 6), FIELD_nom_de);
    CHECK_INT("a truth", field_of("epci", 4), FIELD_epci);
    CHECK_INT("unknown", field_of("nom_d", 5), -1);
    CHECK("kinds", field_is_truth(FIELD_commune) && !field_is_truth(FIELD_nom));
    return tap_end();
}
