/* The nine French messages for the names of the reference, from fields to final bytes, as the sender renders them: shared
 * by the test that counts allocations and the tool that callgrind counts. */
#ifndef TESTS_RENDER_ALL_H
#define TESTS_RENDER_ALL_H

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "templates/mail_template.h"
#include "templates/message.h"

enum { RENDER_TEMPLATES = 9, RENDER_NAMES = 36224 };
struct render_all {
    struct mail_template *templates[RENDER_TEMPLATES];
    char *reference;
    struct render_name {
        const char *name;
        bool is_grouping;
    } *names;
    size_t template_count, count, next;
    struct fields fields;
    struct mail_parts parts;
    struct message_kept kept;
    char opposition[100], message_id[60], return_path[60]; /* of a dispatch of its own */
    struct buf with_de, with_a, out;
    struct err err;
};

/* "id;type;code;siren;name;…": names that hold a quote are left out. */
static inline void render_all_names(struct render_all *all) {
    char *state = NULL;
    all->reference = text_dup(embedded_find("lists/reference/collectivites-2026.csv")->bytes);
    all->names = mem_new(RENDER_NAMES, sizeof *all->names);
    for (char *line = strtok_r(all->reference, "\n", &state); line && all->count < RENDER_NAMES;
         line = strtok_r(NULL, "\n", &state)) {
        char *cells[5] = {0}, *rest = line;
        for (size_t i = 0; i < COUNT(cells); i++) cells[i] = strsep(&rest, ";");
        if (!cells[4] || !strcmp(cells[0], "id") || strchr(cells[4], '"')) continue;
        all->names[all->count++] = (struct render_name){cells[4], strcmp(cells[1], "commune") != 0};
    }
}

/* only: the one template to render, such as rappel-j14; "" = all. */
static inline bool render_all_open(struct render_all *all, const char *only) {
    *all = (struct render_all){.parts = MAIL_PARTS_INIT,
                               .with_de = BUF_INIT(1000),
                               .with_a = BUF_INIT(1000),
                               .out = BUF_INIT(4 << 20)};
    for (const struct embedded_file *file = EMBEDDED; file->name && all->template_count < RENDER_TEMPLATES; file++) {
        size_t length = strlen(file->name);
        if (strncmp(file->name, "templates/fr/", 13) || strcmp(file->name + length - 3, ".md") || !strstr(file->name, only))
            continue;
        struct mail_template *template = mail_template_parse(file->name, file->bytes, file->length, &all->err);
        if (!template) return false;
        all->templates[all->template_count++] = template;
    }
    render_all_names(all);
    return all->template_count > 0;
}

static inline void render_all_close(struct render_all *all) {
    for (size_t i = 0; i < all->template_count; i++) mail_template_free(all->templates[i]);
    mail_parts_release(&all->parts);
    message_kept_release(&all->kept);
    buf_release(&all->with_de);
    buf_release(&all->with_a);
    buf_release(&all->out);
    free(all->names);
    free(all->reference);
}

static inline void render_all_names_of(struct render_all *all, struct fields *fields) {
    const struct render_name *who = &all->names[all->next % all->count];
    *fields = (struct fields){.text = {[FIELD_nom] = who->name,
                                       [FIELD_type] = who->is_grouping ? "communauté de communes" : "commune",
                                       [FIELD_code] = "29019",
                                       [FIELD_departement] = "Finistère",
                                       [FIELD_population] = "139\u00A0456",
                                       [FIELD_echeance] = "vendredi 30 janvier 2026",
                                       [FIELD_jours_restants] = "14",
                                       [FIELD_temps_restant] = "14 jours",
                                       [FIELD_quand_echeance] = "dans 14 jours",
                                       [FIELD_lien_public] = "https://asco.example/enquete",
                                       [FIELD_expediteur] = "ASCO – AMF",
                                       [FIELD_contact_nom] = "Mme Le Goff",
                                       [FIELD_contact_telephone] = "01 44 18 13 50",
                                       [FIELD_reponses_au] = "vendredi 16 janvier 2026",
                                       [FIELD_campagne] = "Enquête ASCO",
                                       [FIELD_lien_opposition] = all->opposition}};
    buf_clear(&all->with_de);
    buf_clear(&all->with_a);
    name_with_de(who->name, who->is_grouping, &all->with_de);
    name_with_a(who->name, who->is_grouping, &all->with_a);
    fields->text[FIELD_nom_de] = buf_text(&all->with_de);
    fields->text[FIELD_nom_a] = buf_text(&all->with_a);
    fields->truth[FIELD_epci] = who->is_grouping;
    fields->truth[FIELD_commune] = !who->is_grouping;
    fields->truth[FIELD_selectionnee] = fields->truth[FIELD_reponses_connues] = true;
}

static inline void render_all_token(struct render_all *all) {
    char token[] = "abcdefghijklmnopqrstuvwxyz234567";
    for (size_t i = 0, n = all->next * 2654435761u; i < 16; i++, n >>= 2) token[i] = (char)('a' + (n & 15));
    stpcpy(stpcpy(stpcpy(all->opposition, "mailto:retour+"), token), "@amf.example?subject=Opposition");
    stpcpy(stpcpy(stpcpy(all->message_id, "<"), token), "@amf.example>");
    stpcpy(stpcpy(stpcpy(all->return_path, "retour+"), token), "@amf.example");
}

/* What is known of the next name. */
static inline void render_all_fields(struct render_all *all) {
    all->next++;
    render_all_token(all);
    render_all_names_of(all, &all->fields);
}

/* Its message, of the next template, into all->out. */
static inline bool render_all_message(struct render_all *all) {
    struct mail_template *template = all->templates[all->next % all->template_count];
    mail_parts_clear(&all->parts);
    buf_clear(&all->out);
    if (!mail_template_encode(template, &all->fields, &all->parts, &all->err)) return false;
    const struct message message = {.kept = &all->kept,
                                    .from_name = "ASCO – AMF",
                                    .from_address = "relais@amf.example",
                                    .to_address = "mairie@brest.example",
                                    .reply_to = "",
                                    .subject = buf_text(&all->parts.subject),
                                    .message_id = all->message_id,
                                    .in_reply_to = "<premier.abcdefghijklmnop@amf.example>",
                                    .help_mailto = "relais@amf.example",
                                    .date_ms = 1768552200000,
                                    .date_offset_minutes = 60,
                                    .list_id = "asco-2025.amf.example",
                                    .list_title = "Enquête ASCO",
                                    .unsubscribe_mailto = all->return_path,
                                    .unsubscribe_https = "",
                                    .feedback_id = "asco-2025:rappel-j14:relais",
                                    .text = buf_text(&all->parts.text),
                                    .html = buf_text(&all->parts.html),
                                    .encoded = true,
                                    .text_encoding = all->parts.text_encoding,
                                    .html_encoding = all->parts.html_encoding,
                                    .text_length = all->parts.text.length,
                                    .html_length = all->parts.html.length,
                                    .boundary_seed = all->message_id};
    return message_build(&message, &all->out, &all->err);
}

#endif
