/* relais campaign create C --schedule FILE.ics [--templates DIR] [--title T] · relais campaign show C; update and export are
 * files of their own. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_campaign.h"
#include "mailer/plan_view.h"
#include "mailer/wave_store.h"
#include "schedules/french.h"

/* Every wave's template must be among the files. */
static bool templates_suffice(const struct schedule *schedule, const struct files *files, const char *file, const char *folder,
                              struct err *err) {
    for (size_t i = 0; i < schedule->wave_count; i++) {
        if (files_find(files, schedule->waves[i].template)) continue;
        err_set(err, ERR_INPUT, "NO_TEMPLATE", "la vague « %s » veut le modèle « %s », absent du dossier « %s »",
                schedule->waves[i].name, schedule->waves[i].template, folder);
        return err_at(err, file, schedule->waves[i].line);
    }
    return true;
}

/* -- create ------------------------------------------------------------------------------------------------------ */
static bool name_is_good(const char *name, struct err *err) {
    bool good = *name && strlen(name) < CAMPAIGN_NAME && *name != '-';
    for (const char *at = name; *at && good; at++) good = islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '-';
    return good || err_set(err, ERR_INPUT, "CAMPAIGN_NAME",
                           "nom de campagne « %.80s » : écrivez des lettres minuscules sans accent, des chiffres et des tirets", name);
}

/* It stands in a header of every message and on every page: refused here, while it can still be written otherwise. */
static bool title_is_good(const char *title, struct err *err) {
    AUTO_BUF shown = BUF_INIT(1 << 20);
    bool valid = utf8_valid(title, strlen(title));
    if (valid) text_printable(&shown, title, strlen(title));
    if (valid && !strcmp(buf_text(&shown), title) && strlen(title) < sizeof((struct campaign *)0)->title) return true;
    return err_set(err, ERR_INPUT, "CAMPAIGN_TITLE",
                   "titre « %.80s » : écrivez une seule ligne en UTF-8, sans caractère invisible, de %zu octets au plus (--title, ou SUMMARY "
                   "du calendrier)", valid ? buf_text(&shown) : "…", sizeof((struct campaign *)0)->title - 1);
}

struct creation { const char *name, *schedule, *templates, *title; };

static bool store(struct app *app, const struct creation *wanted, const struct campaign_file *file, const struct schedule *schedule,
                  const struct files *files, const char *folder, struct err *err) {
    struct campaign campaign = {0};
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    bool good = tx &&
                campaign_create(app->db, wanted->name, wanted->title ? wanted->title : schedule->title, file, schedule, files->all,
                                files->count, folder, app_now_ms(app), err) &&
                campaign_load(app->db, wanted->name, &campaign, err) && waves_sync(app->db, &campaign, err);
    campaign_release(&campaign);
    return good && tx_commit(TX_TAKE(tx), err);
}

static bool create(struct app *app, const struct creation *wanted, struct err *err) {
    AUTO_BUF bytes = BUF_INIT(SCHEDULE_BYTES);
    AUTO_BUF given = BUF_INIT(PLACE_BYTES);
    AUTO_BUF folder = BUF_INIT(PLACE_BYTES);
    AUTO_BUF place = BUF_INIT(PLACE_BYTES);
    struct schedule schedule = {0};
    struct files files = {.count = 0};
    if (!name_is_good(wanted->name, err)) return false;
    if (!wanted->schedule)
        return err_set(err, ERR_INPUT, "USAGE", "nommez le calendrier : --schedule FICHIER.ics (voyez schedules/asco-2025.ics)");
    if (wanted->templates) buf_add_text(&given, wanted->templates);
    else buf_add_format(&given, "%s/templates", settings_folder(app->settings));
    file_place(buf_text(&given), &folder);
    file_place(wanted->schedule, &place);
    bool good = schedule_file_read(wanted->schedule, &bytes, &schedule, err) &&
                title_is_good(wanted->title ? wanted->title : schedule.title, err);
    struct campaign_file file = {.name = buf_text(&place), .bytes = buf_text(&bytes), .length = bytes.length};
    good = good && files_read(&files, buf_text(&given), err) &&
           templates_suffice(&schedule, &files, wanted->schedule, buf_text(&given), err) &&
           store(app, wanted, &file, &schedule, &files, buf_text(&folder), err);
    files_release(&files);
    schedule_release(&schedule);
    return good;
}

/* -- show ---------------------------------------------------------------------------------------------------------- */
static bool show(struct app *app, const char *name, struct err *err) {
    struct campaign campaign;
    bool good = campaign_load(app->db, name, &campaign, err);
    int64_t informed = good ? audience_count(app->db, campaign.id, AUDIENCE_INFORMED, NULL, err) : -1;
    int64_t selected = informed >= 0 ? audience_count(app->db, campaign.id, AUDIENCE_SELECTED, NULL, err) : -1;
    int64_t unanswered = selected >= 0 ? audience_count(app->db, campaign.id, AUDIENCE_SELECTED_UNANSWERED, NULL, err) : -1;
    char due[11] = "", french[FRENCH_DATE] = "";
    if (good) {
        day_write(campaign.due_day, due);
        french_date(campaign.due_day, french);
    }
    good = unanswered >= 0;
    if (good && app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", campaign.name);
        js_set_text(answer, "title", campaign.title);
        js_set_text(answer, "state", CAMPAIGN_STATE[campaign.state]);
        js_set_text(answer, "deadline", due);
        struct js *audiences = js_object();
        js_set_int(audiences, "informed", informed);
        js_set_int(audiences, "selected", selected);
        js_set_int(audiences, "selected-unanswered", unanswered);
        js_set(answer, "audiences", audiences);
        js_set_int(answer, "waves", (int64_t)campaign.schedule.wave_count);
        js_write(answer, stdout);
    } else if (good)
        printf("Campagne       %s\nTitre          %s\nÉtat           %s\nÉchéance       %s\nInscrites      %lld\n"
               "Sélectionnées  %lld\nSans réponse   %lld\nVagues         %zu (relais plan %s)\n",
               campaign.name, campaign.title, campaign_state_text(campaign.state), french, (long long)informed, (long long)selected,
               (long long)unanswered, campaign.schedule.wave_count, campaign.name);
    campaign_release(&campaign);
    return good;
}

int cmd_campaign(struct app *app, int argc, char **argv) {
    struct err err = {0};
    if (argc > 1 && !strcmp(argv[1], "update")) return cmd_campaign_update(app, argc, argv);
    if (argc > 1 && !strcmp(argv[1], "export")) return cmd_campaign_export(app, argc, argv);
    struct creation wanted = {0};
    const char *words[2];
    const struct app_option options[] = {{"--schedule", &wanted.schedule, NULL}, {"--templates", &wanted.templates, NULL},
                                         {"--title", &wanted.title, NULL}};
    if (app_arguments(app, argc, argv, options, COUNT(options), words, 2, 2, &err) < 0 || !app_db(app, &err)) return app_refuse(app, &err);
    bool creating = !strcmp(words[0], "create");
    wanted.name = words[1];
    if (!creating && strcmp(words[0], "show")) {
        err_set(&err, ERR_INPUT, "USAGE", "« relais campaign %s » n'existe pas ; écrivez create, show, update ou export", words[0]);
        return app_refuse(app, &err);
    }
    if ((creating && !create(app, &wanted, &err)) || !show(app, words[1], &err)) return app_refuse(app, &err);
    return EXIT_DONE;
}
