/* From a dispatch to its bytes: the party's row, the campaign and the sender become fields, the template
 * parts, the parts a message. */
#include "mailer/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/message_files.h"
#include "schedules/french.h"
#include "schedules/zones.h"
#include "templates/mail_template.h"
#include "templates/message.h"

enum { TEMPLATE_BYTES = 1 << 20, FIELD_BYTES = 1 << 16, LINK_TEXT = 400, MESSAGE_BYTES = 4 << 20, FEEDBACK_TEXT = 200, LIST_ID_TEXT = CAMPAIGN_NAME + 256 };
enum { JUDGED_FIRST = 64, JUDGED_OF = 16 }; /* of a template: the first so many, then one in so many */
static const char PARIS[] = "Europe/Paris", TRIAL_MARK[] = "[ESSAI] ";

/* A template in use, by campaign and name. */
struct kept_template {
    int64_t campaign_id;
    char name[SCHEDULE_NAME];
    struct mail_template *parsed;
    struct message_files *files;
    int64_t made;
    char feedback_id[FEEDBACK_TEXT], list_id[LIST_ID_TEXT]; /* "" until the first message */
};

struct department_name { char code[8]; char *name; };

struct composer {
    struct db *db;
    struct department_name *departments; /* read once: there are a hundred */
    size_t department_count;
    bool sample;
    struct sender_identity identity;
    struct kept_template *templates;
    size_t template_count;
    struct mail_parts parts;
    struct message_kept kept;
    struct buf names; /* the texts of this party's fields, one behind the other */
    bool unsigned_only;
    struct dkim *dkim; /* opened for the first message that is signed */
    struct buf bare;   /* a message before its signature */
};

struct composer *composer_open(struct db *db, const struct sender_identity *identity) {
    struct composer *composer = mem_new(1, sizeof *composer);
    composer->db = db;
    composer->identity = *identity;
    composer->parts = (struct mail_parts)MAIL_PARTS_INIT;
    composer->names = (struct buf)BUF_INIT(FIELD_BYTES);
    composer->bare = (struct buf)BUF_INIT(MESSAGE_BYTES);
    return composer;
}

void composer_sign(struct composer *composer, bool sign) { composer->unsigned_only = !sign; }

void composer_sample(struct composer *composer) { composer->sample = true; }

void composer_forget(struct composer *composer) {
    for (size_t i = 0; i < composer->template_count; i++) {
        mail_template_free(composer->templates[i].parsed);
        message_files_free(composer->templates[i].files);
    }
    composer->template_count = 0;
}

void composer_close(struct composer *composer) {
    if (!composer) return;
    composer_forget(composer);
    for (size_t i = 0; i < composer->department_count; i++) free(composer->departments[i].name);
    free(composer->departments);
    free(composer->templates);
    mail_parts_release(&composer->parts);
    message_kept_release(&composer->kept);
    buf_release(&composer->names);
    buf_release(&composer->bare);
    dkim_close(composer->dkim);
    free(composer);
}

static bool may_read(const struct composer *composer, struct err *err) {
    return composer->db || err_set(err, ERR_INPUT, "NOT_PREPARED", "le message se fait sans la base, et il y faudrait lire");
}

static struct kept_template *template_of(struct composer *composer, int64_t campaign_id, const char *name,
                                         struct err *err) {
    for (size_t i = 0; i < composer->template_count; i++)
        if (composer->templates[i].campaign_id == campaign_id && !strcmp(composer->templates[i].name, name))
            return &composer->templates[i];
    AUTO_BUF bytes = BUF_INIT(TEMPLATE_BYTES);
    if (!may_read(composer, err) || !campaign_template(composer->db, campaign_id, name, &bytes, err)) return NULL;
    struct mail_template *parsed = mail_template_parse(name, buf_text(&bytes), bytes.length, err);
    if (!parsed) return NULL;
    struct message_files *files = message_files_load(composer->db, campaign_id, parsed, err);
    if (!files) return mail_template_free(parsed), err_at(err, name, 0), NULL;
    composer->templates =
        mem_grow(composer->templates, composer->template_count + 1, sizeof *composer->templates);
    struct kept_template *kept = &composer->templates[composer->template_count++];
    *kept = (struct kept_template){.campaign_id = campaign_id, .parsed = parsed, .files = files};
    snprintf(kept->name, sizeof kept->name, "%s", name);
    return kept;
}

/* -- fields -------------------------------------------------------------------------------------------- */
/* A field's text goes into one buffer that may move while it grows: offsets first, pointers once it is
 * complete. */
struct field_texts {
    struct buf *bytes;
    const char *zone;       /* of the party */
    size_t at[FIELD_COUNT]; /* offset + 1; 0 = none */
    bool truth[FIELD_COUNT];
};

static struct buf *begin_field(struct field_texts *texts, enum field field) {
    if (texts->bytes->length) buf_add_char(texts->bytes, '\0');
    texts->at[field] = texts->bytes->length + 1;
    return texts->bytes;
}

static void set_text(struct field_texts *texts, enum field field, const char *text) {
    buf_add_text(begin_field(texts, field), text);
}

static void set_number(struct field_texts *texts, enum field field, const char *before, int64_t number, const char *after) {
    struct buf *out = begin_field(texts, field);
    buf_add_text(out, before);
    buf_add_number(out, number);
    buf_add_text(out, after);
}

static void set_date(struct field_texts *texts, enum field field, int64_t day) {
    char date[FRENCH_DATE];
    french_date(day, date);
    set_text(texts, field, date);
}

static void set_names(struct field_texts *texts, const char *name, bool is_grouping) {
    set_text(texts, FIELD_nom, name);
    name_with_de(name, is_grouping, begin_field(texts, FIELD_nom_de));
    name_with_a(name, is_grouping, begin_field(texts, FIELD_nom_a));
}

/* 12 345, its spaces unbreakable; nothing where the reference knows no figure. */
static void set_population(struct field_texts *texts, int64_t population) {
    if (population <= 0) return;
    struct buf *out = begin_field(texts, FIELD_population);
    char digits[24], *at = digits + sizeof digits;
    do *--at = (char)('0' + population % 10);
    while (population /= 10);
    for (const char *end = digits + sizeof digits; at < end; at++) {
        buf_add_char(out, *at);
        if (at + 1 < end && (end - at - 1) % 3 == 0) buf_add_text(out, "\u00A0");
    }
}

static const char *type_text(const char *type) {
    static const struct {
        const char *type, *text;
    } TYPES[] = {
        {"commune", "commune"},       {"CC", "communauté de communes"}, {"CA", "communauté d'agglomération"},
        {"CU", "communauté urbaine"}, {"METRO", "métropole"},           {"MET69", "métropole"}};
    for (size_t i = 0; i < COUNT(TYPES); i++)
        if (!strcmp(TYPES[i].type, type)) return TYPES[i].text;
    return type;
}

/* Borrowed from the composer; "" for a department the reference does not know. NULL on error. */
static const char *department_name(struct composer *composer, const char *code, struct err *err) {
    for (size_t i = 0; i < composer->department_count; i++)
        if (!strcmp(composer->departments[i].code, code)) return composer->departments[i].name;
    if (!may_read(composer, err)) return NULL;
    AUTO(db_rows) rows = db_query(composer->db, err, "SELECT name FROM department WHERE code = $1", DB_T(code));
    int got = db_next(rows, err);
    if (got < 0) return NULL;
    composer->departments = mem_grow(composer->departments, composer->department_count + 1, sizeof *composer->departments);
    struct department_name *known = &composer->departments[composer->department_count++];
    snprintf(known->code, sizeof known->code, "%s", code);
    return known->name = text_dup(got > 0 ? db_text(rows, 0) : "");
}

bool composer_prepare(struct composer *composer, struct db *db, int64_t campaign_id, const char *template_name, const char *department,
                      struct err *err) {
    composer->db = db;
    bool good = template_of(composer, campaign_id, template_name, err) && department_name(composer, department, err);
    composer->db = NULL;
    return good;
}

static bool set_collectivity(struct composer *composer, struct field_texts *texts, const struct compose_party *party, struct err *err) {
    bool is_commune = !strcmp(party->type, "commune");
    const char *department = department_name(composer, party->department, err);
    if (!department) return false;
    set_names(texts, party->name, !is_commune);
    set_text(texts, FIELD_type, type_text(party->type));
    set_text(texts, FIELD_departement, department);
    set_population(texts, party->population);
    texts->truth[FIELD_commune] = is_commune;
    texts->truth[FIELD_epci] = !is_commune;
    texts->truth[FIELD_selectionnee] = party->enrolled && party->selected;
    texts->truth[FIELD_informee] = party->enrolled && !party->selected;
    texts->zone = zone_of_department(party->department);
    return true;
}

/* 1 found, 0 not a collectivity, -1 error. */
static int read_collectivity(struct composer *composer, int64_t campaign_id, const char *party_id, struct compose_party *party,
                             struct err *err) {
    if (!may_read(composer, err)) return -1;
    AUTO(db_rows) rows = db_query(composer->db, err,
                                  "SELECT c.name, c.type, c.department, c.population, e.selected FROM collectivity c "
                                  "LEFT JOIN enrolment e ON e.party_id = c.id AND e.campaign_id = $1 WHERE c.id = $2",
                                  DB_I(campaign_id), DB_T(party_id));
    int got = db_next(rows, err);
    if (got <= 0) return got;
    *party = (struct compose_party){.population = db_int(rows, 3), .enrolled = !db_is_null(rows, 4), .selected = db_int(rows, 4)};
    snprintf(party->name, sizeof party->name, "%s", db_text(rows, 0));
    snprintf(party->type, sizeof party->type, "%s", db_text(rows, 1));
    snprintf(party->department, sizeof party->department, "%s", db_text(rows, 2));
    return 1;
}

/* "Finistère", "Finistère et Morbihan", "Ain, Allier et Ardèche". */
static bool set_relay_departments(struct composer *composer, const char *party_id, struct buf *out, struct err *err) {
    AUTO_TEXT last = NULL;
    AUTO(db_rows) rows = db_query(composer->db, err,
                                  "SELECT d.name FROM relay_covers k JOIN department d ON d.code = k.department "
                                  "WHERE k.relay_id = $1 ORDER BY d.code",
                                  DB_T(party_id));
    int got, count = 0;
    for (; (got = db_next(rows, err)) > 0; count++) {
        if (last) buf_add_format(out, "%s%s", count > 1 ? ", " : "", last);
        free(last);
        last = text_dup(db_text(rows, 0));
    }
    if (last) buf_add_format(out, "%s%s", count > 1 ? " et " : "", last);
    return got == 0;
}

static int read_relay(struct composer *composer, const char *party_id, struct field_texts *texts,
                      struct err *err) {
    AUTO(db_rows)
    rows = db_query(
        composer->db, err,
        "SELECT r.name, r.department FROM relay r WHERE r.id = $1",
        DB_T(party_id));
    int got = db_next(rows, err);
    if (got <= 0) return got;
    set_names(texts, db_text(rows, 0), true);
    texts->zone = zone_of_department(db_text(rows, 1));
    set_text(texts, FIELD_type, "relais");
    return set_relay_departments(composer, party_id, begin_field(texts, FIELD_departement), err) ? got : -1;
}

static bool read_party(struct composer *composer, int64_t campaign_id, const char *party_id, const struct compose_party *known,
                       struct field_texts *texts, struct err *err) {
    struct compose_party party;
    int got = known ? 1 : read_collectivity(composer, campaign_id, party_id, &party, err);
    if (got > 0 && !set_collectivity(composer, texts, known ? known : &party, err)) return false;
    if (got == 0) got = read_relay(composer, party_id, texts, err);
    if (got == 0)
        return err_set(err, ERR_INPUT, "UNKNOWN_PARTY",
                       "« %s » n'est ni une collectivité du référentiel, ni un relais importé", party_id);
    set_text(texts, FIELD_code, party_id);
    return got > 0;
}

/* "il reste 14 jours | 1 jour | moins d'un jour", "se termine dans 14 jours | demain | aujourd'hui". */
static void set_days(struct field_texts *texts, int64_t days) {
    set_number(texts, FIELD_jours_restants, "", days, "");
    if (days) set_number(texts, FIELD_temps_restant, "", days, days > 1 ? " jours" : " jour");
    else set_text(texts, FIELD_temps_restant, "moins d'un jour");
    if (days > 1) set_number(texts, FIELD_quand_echeance, "dans ", days, " jours");
    else set_text(texts, FIELD_quand_echeance, days ? "demain" : "aujourd'hui");
}

static void set_campaign(struct field_texts *texts, const struct campaign *campaign, int64_t date_ms) {
    int64_t today, answers_day, days;
    int minute;
    zone_local(texts->zone, date_ms, &today, &minute); /* "today" is the reader's: in Nouméa the day begins earlier */
    days = max_i64(campaign->due_day - today, 0);
    set_text(texts, FIELD_campagne, campaign->title);
    set_date(texts, FIELD_echeance, campaign->due_day);
    set_days(texts, days);
    texts->truth[FIELD_prolongee] = campaign->previous_due_day >= 0;
    if (campaign->previous_due_day >= 0)
        set_date(texts, FIELD_echeance_precedente, campaign->previous_due_day);
    texts->truth[FIELD_reponses_connues] = campaign->answers_as_of_ms >= 0;
    if (campaign->answers_as_of_ms < 0) return;
    zone_local(PARIS, campaign->answers_as_of_ms, &answers_day, &minute);
    set_date(texts, FIELD_reponses_au, answers_day);
}

static bool has_https(const struct sender_identity *identity) {
    return text_starts(identity->base_url, "https://");
}

/* The page where one click objects; "" while the pages are not on https. */
static void objection_page(const struct sender_identity *identity, const char *token, char out[LINK_TEXT]) {
    size_t length = strlen(identity->base_url);
    while (length && identity->base_url[length - 1] == '/') length--;
    out[0] = '\0';
    if (has_https(identity))
        snprintf(out, LINK_TEXT, "%.*s/opposition/%s", (int)length, identity->base_url, token);
}

static void set_sender(struct field_texts *texts, const struct sender_identity *identity, const char *token) {
    char return_path[320], page[LINK_TEXT];
    return_path_of(identity, token, return_path);
    objection_page(identity, token, page);
    set_text(texts, FIELD_expediteur, *identity->from_name ? identity->from_name : identity->from_address);
    set_text(texts, FIELD_lien_public, identity->public_link);
    set_text(texts, FIELD_contact_nom, identity->contact_name);
    set_text(texts, FIELD_contact_telephone, identity->contact_phone);
    if (*page) {
        set_text(texts, FIELD_lien_opposition, page);
        return;
    }
    struct buf *link = begin_field(texts, FIELD_lien_opposition);
    buf_add_text(link, "mailto:");
    buf_add_text(link, return_path);
    buf_add_text(link, "?subject=Opposition");
}

static bool render(struct composer *composer, mail_template_writer *write, const struct campaign *campaign,
                   const char *template_name, const char *party_id, const struct compose_party *party, const char *token,
                   int64_t date_ms, struct mail_parts *parts, struct err *err) {
    struct kept_template *template = template_of(composer, campaign->id, template_name, err);
    struct field_texts texts = {.bytes = &composer->names};
    struct fields fields = {0};
    buf_clear(&composer->names);
    if (!template || !read_party(composer, campaign->id, party_id, party, &texts, err)) return false;
    set_campaign(&texts, campaign, date_ms);
    set_sender(&texts, &composer->identity, token);
    for (int i = 0; i < FIELD_COUNT; i++) {
        fields.text[i] = texts.at[i] ? buf_text(&composer->names) + texts.at[i] - 1 : NULL;
        fields.truth[i] = texts.truth[i];
    }
    return write(template->parsed, &fields, parts, err);
}

bool composer_parts(struct composer *composer, const struct campaign *campaign, const char *template_name,
                    const char *party_id, int64_t date_ms, struct mail_parts *parts, struct err *err) {
    return render(composer, mail_template_render, campaign, template_name, party_id, NULL, COMPOSE_SAMPLE_TOKEN, date_ms, parts,
                  err);
}

/* -- the message --------------------------------------------------------------------------------------- */
/* campaign:template:relais, the identifier some mailbox providers count complaints by. */
static void feedback_id(const struct campaign *campaign, const char *template_name, char out[FEEDBACK_TEXT]) {
    size_t stem = strcspn(template_name, ".");
    snprintf(out, FEEDBACK_TEXT, "%s:%.*s:relais", campaign->name, (int)stem, template_name);
    for (char *at = out; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7F) *at = '-';
}

/* The same in every message of a template. */
static void name_list(const struct composer *composer, const struct campaign *campaign, struct kept_template *template) {
    if (*template->list_id) return;
    feedback_id(campaign, template->name, template->feedback_id);
    snprintf(template->list_id, sizeof template->list_id, "%s.%s", campaign->name, strchr(composer->identity.from_address, '@') + 1);
}

static const char *const *files_of(const struct composer *composer, const struct campaign *campaign, const struct kept_template *template,
                                   int64_t date_ms) {
    const struct sender_identity *identity = &composer->identity;
    const struct calendar_source source = {.uid = campaign->schedule.uid, .title = campaign->title, .sequence = campaign->schedule.sequence,
                                           .dtstamp_ms = date_ms, .organizer_name = identity->from_name,
                                           .organizer_address = identity->from_address};
    return message_files_parts(template->files, &(struct message_event){source, campaign->schedule.due_day, identity->public_link});
}

static bool judge(const struct composer *composer, struct kept_template *template, bool whole, const char *bytes, size_t length, struct err *err) {
    int64_t made = template->made++;
    bool all = whole || !composer->sample || made < JUDGED_FIRST || made % JUDGED_OF == 0;
    return all ? message_check(bytes, length, err) : message_check_lines(bytes, length, err);
}

static bool compose(struct composer *composer, const struct campaign *campaign, const char *template_name,
                    const struct compose_dispatch *dispatch, struct buf *out, struct err *err) {
    const struct sender_identity *identity = &composer->identity;
    char return_path[320], page[LINK_TEXT];
    size_t start = out->length;
    int64_t date_ms = dispatch->trial ? dispatch->header_date_ms : dispatch->date_ms;
    int offset_minutes = zone_offset_minutes(PARIS, date_ms);
    if (offset_minutes == PARIS_OFFSET_UNKNOWN)
        return err_set(err, ERR_FATAL, "TZDATA",
                       "le fuseau Europe/Paris est inconnu de cette machine ; installez le paquet tzdata");
    mail_parts_clear(&composer->parts);
    if (dispatch->trial) buf_add_text(&composer->parts.subject, TRIAL_MARK);
    if (!render(composer, mail_template_encode, campaign, template_name, dispatch->party_id, dispatch->party,
                dispatch->token, dispatch->date_ms, &composer->parts, err))
        return false;
    return_path_of(identity, dispatch->token, return_path);
    objection_page(identity, dispatch->token, page);
    struct kept_template *template = template_of(composer, campaign->id, template_name, err); /* kept since it was rendered */
    if (!template) return false;
    name_list(composer, campaign, template);
    const struct message message = {.kept = &composer->kept,
                                    .from_name = identity->from_name,
                                    .from_address = identity->from_address,
                                    .to_address = dispatch->address,
                                    .reply_to = identity->reply_to,
                                    .subject = buf_text(&composer->parts.subject),
                                    .message_id = dispatch->message_id,
                                    .in_reply_to = dispatch->in_reply_to ? dispatch->in_reply_to : "",
                                    .date_ms = date_ms,
                                    .date_offset_minutes = offset_minutes,
                                    .list_id = template->list_id,
                                    .list_title = campaign->title,
                                    .help_mailto = *identity->reply_to ? identity->reply_to : identity->from_address,
                                    .unsubscribe_mailto = return_path,
                                    .unsubscribe_https = page,
                                    .feedback_id = template->feedback_id,
                                    .auto_replies_unwanted = identity->auto_replies_unwanted,
                                    .text = buf_text(&composer->parts.text),
                                    .html = buf_text(&composer->parts.html),
                                    .encoded = true,
                                    .text_encoding = composer->parts.text_encoding,
                                    .html_encoding = composer->parts.html_encoding,
                                    .text_length = composer->parts.text.length,
                                    .html_length = composer->parts.html.length,
                                    .files = files_of(composer, campaign, template, dispatch->date_ms),
                                    .boundary_seed = dispatch->message_id};
    return message_build(&message, out, err) && judge(composer, template, dispatch->judged_whole, buf_text(out) + start, out->length - start, err);
}

/* A key that was there when the sender began and is gone now stops it: no message goes out unsigned instead. */
static bool open_dkim(struct composer *composer, struct err *err) {
    if (composer->dkim) return true;
    composer->dkim = dkim_settings_open(&composer->identity.dkim, err);
    if (!composer->dkim && err) err->kind = ERR_FATAL;
    return composer->dkim != NULL;
}

bool composer_open_key(struct composer *composer, struct err *err) {
    return composer->unsigned_only || !*composer->identity.dkim.domain || open_dkim(composer, err);
}

bool composer_message(struct composer *composer, const struct campaign *campaign, const char *template_name,
                      const struct compose_dispatch *dispatch, struct buf *out, struct err *err) {
    if (composer->unsigned_only || !*composer->identity.dkim.domain)
        return compose(composer, campaign, template_name, dispatch, out, err);
    buf_clear(&composer->bare);
    if (!composer_open_key(composer, err) || !compose(composer, campaign, template_name, dispatch, &composer->bare, err) ||
        !dkim_sign(composer->dkim, buf_text(&composer->bare), composer->bare.length,
                   dispatch->trial ? dispatch->header_date_ms : dispatch->date_ms, out, err))
        return false;
    buf_add(out, buf_text(&composer->bare), composer->bare.length);
    return !out->overflow || err_set(err, ERR_INPUT, "TOO_LARGE", "le message est trop long ; raccourcissez-le");
}
