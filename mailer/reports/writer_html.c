/* The report as one page: no script, nothing loaded, readable aloud, on paper and in the dark. */
#include <inttypes.h>
#include <stdio.h>

#include "mailer/audience.h"
#include "mailer/plan_view.h"
#include "mailer/reports/chart_svg.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/html_style.h"
#include "mailer/reports/html_escape.h"
#include "mailer/reports/writer.h"

static void element(struct buf *out, const char *name, const char *text) {
    buf_add_format(out, "<%s>", name);
    html_escape(out, text);
    buf_add_format(out, "</%s>", name);
}

/* -- page ----------------------------------------------------------------------------------------- */
static void head(const struct report *report, struct buf *out) {
    char moment[FRENCH_MOMENT];
    french_short_moment(PARIS, report->as_of_ms, moment);
    buf_add_text(out, "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                      "'unsafe-inline'\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" "
                      "content=\"noindex\">\n<title>");
    html_escape(out, report->title[0] ? report->title : report->campaign);
    buf_add_format(out, " – rapport du %s</title>\n<style>\n%s</style>\n</head>\n<body>\n", moment,
                   HTML_STYLE);
}

static void page_header(const struct report *report, struct buf *out) {
    char moment[FRENCH_MOMENT], scope[256], list[FRENCH_DATE];
    french_moment(PARIS, report->as_of_ms, moment);
    scope_text(report, scope, sizeof scope);
    buf_add_text(out, "<header>\n<p class=\"over\">Campagne ");
    html_escape(out, report->campaign);
    buf_add_text(out, "</p>\n");
    element(out, "h1", report->title[0] ? report->title : report->campaign);
    buf_add_format(out, "\n<p class=\"soft\">Situation au %s, ", moment);
    html_escape(out, scope);
    buf_add_text(out, ".");
    if (report->answers_as_of_ms >= 0) {
        french_date(local_day(PARIS, report->answers_as_of_ms), list);
        buf_add_format(out, " Liste des répondants arrêtée au %s.", list);
    } else
        buf_add_text(out, " Aucune liste de répondants n'a encore été reçue.");
    buf_add_text(out, "</p>\n</header>\n<main>\n");
}

/* -- headline ------------------------------------------------------------------------------------- */
static void fact(struct buf *out, const char *classes, const char *name, const char *value,
                 const char *detail) {
    buf_add_format(out, "<div%s%s%s><dt>%s</dt><dd%s>", *classes ? " class=\"" : "", classes,
                   *classes ? "\"" : "", name, *classes ? " class=\"day\"" : "");
    html_escape(out, value);
    if (*detail) element(out, "small", detail);
    buf_add_text(out, "</dd></div>\n");
}

static void facts(const struct report *report, struct buf *out) {
    const struct selected_counts *selected = &report->selected;
    char number[FRENCH_NUMBER], detail[340], due[FRENCH_DATE], when[120], moved[200];
    buf_add_text(out, "<dl class=\"facts\">\n");
    french_integer(selected->answered, number);
    fact(out, "", "Répondants", number, "");
    french_integer(selected->unanswered, number);
    fact(out, "", "Sans réponse", number, "");
    french_integer(selected->unreachable, number);
    fact(out, "", "Injoignables par courriel", number, "");
    french_date(report->due_day, due);
    due_text(report, when, sizeof when);
    moved_text(report, moved, sizeof moved);
    snprintf(detail, sizeof detail, "%s%s%s", when, moved[0] ? " ; " : "", moved);
    fact(out, "wide", "Échéance", due, detail);
    french_integer(report->counts.sent, number);
    fact(out, "", "Envois partis", number, "");
    buf_add_text(out, "</dl>\n");
}

/* Widths in per mille of the bar; the rest is whoever can still be reminded. */
static void share_bar(const struct report *report, struct buf *out) {
    static const struct {
        const char *class, *text;
    } LEGEND[] = {{"f-answered", "ont répondu"},
                  {"f-open", "sans réponse, joignables"},
                  {"f-lost", "sans réponse, injoignables par courriel"}};
    int64_t total = report->selected.total, answered = permille(report->selected.answered, total);
    int64_t lost = permille(report->selected.unreachable, total);
    buf_add_format(
        out,
        "<div class=\"share\"><svg viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        "<rect class=\"f-open\" width=\"1000\" height=\"14\"/><rect class=\"f-answered\" width=\"%" PRId64
        "\" height=\"14\"/><rect class=\"f-lost\" x=\"%" PRId64 "\" width=\"%" PRId64
        "\" height=\"14\"/></svg>\n"
        "<ul class=\"legend\" aria-hidden=\"true\">",
        answered, 1000 - lost, lost);
    for (size_t i = 0; i < COUNT(LEGEND); i++)
        buf_add_format(
            out, "<li><svg viewBox=\"0 0 1 1\"><rect class=\"%s\" width=\"1\" height=\"1\"/></svg>%s</li>",
            LEGEND[i].class, LEGEND[i].text);
    buf_add_text(out, "</ul></div>\n");
}

static void alerts(const struct report *report, struct buf *out) {
    char count[160];
    buf_add_text(out, "<div class=\"alerts\">\n");
    if (report->counts.in_doubt) {
        french_count(report->counts.in_doubt, "envoi en doute", "envois en doute", count, sizeof count);
        buf_add_format(
            out, "<p class=\"alert\"><strong>%s</strong> : partis, peut-être, sans réponse du serveur.</p>\n",
            count);
    }
    if (report->unsettled) {
        french_count(report->unsettled, "message reçu", "messages reçus", count, sizeof count);
        buf_add_format(out, "<p class=\"alert\"><strong>%s</strong> à lire.</p>\n", count);
    }
    buf_add_text(out, "</div>\n");
}

static void headline(const struct report *report, struct buf *out) {
    char rate[FRENCH_NUMBER], total[120];
    french_percent(report->selected.answered, report->selected.total, rate);
    french_count(report->selected.total, "collectivité sélectionnée", "collectivités sélectionnées", total,
                 sizeof total);
    buf_add_format(out,
                   "<section aria-labelledby=\"s-answers\">\n<h2 id=\"s-answers\">Réponses</h2>\n<div "
                   "class=\"headline\">\n"
                   "<div><p class=\"rate\">%s</p><p class=\"soft\">de réponses parmi %s</p></div>\n",
                   rate, total);
    facts(report, out);
    share_bar(report, out);
    buf_add_text(out, "</div>\n");
    if (report->counts.in_doubt || report->unsettled) alerts(report, out);
    buf_add_text(out, "</section>\n");
}

/* -- curve ---------------------------------------------------------------------------------------- */
static const char *mark_text(enum chart_mark_kind kind) {
    static const char *const TEXTS[] = {[MARK_MAILED] = "envoi ",
                                        [MARK_TO_COME] = "envoi prévu ",
                                        [MARK_EXTENSION] = "",
                                        [MARK_OLD_DEADLINE] = "",
                                        [MARK_DEADLINE] = ""};
    return TEXTS[kind];
}

static void day_row(const struct report *report, const struct chart_marks *marks, int64_t day, int64_t count,
                    int64_t total, struct buf *out) {
    char date[FRENCH_DATE], rate[FRENCH_NUMBER];
    french_date(day, date);
    bool unknown = day > answers_end_day(report);
    buf_add_format(out, "<tr><th scope=\"row\">%s</th>", date);
    if (unknown)
        buf_add_text(out, "<td class=\"n\">–</td><td class=\"n\">–</td><td class=\"n\">–</td>");
    else {
        html_number_cell(out, count);
        html_number_cell(out, total);
        french_percent(total, report->selected.total, rate);
        buf_add_format(out, "<td class=\"n\">%s</td>", rate);
    }
    buf_add_text(out, "<td>");
    bool first = true;
    for (size_t i = 0; i < marks->count; i++) {
        if (marks->all[i].day != day) continue;
        buf_add_format(out, "%s%s", first ? "" : ", ", mark_text(marks->all[i].kind));
        html_escape(out, marks->all[i].label);
        first = false;
    }
    buf_add_text(out, "</td></tr>\n");
}

/* Every day on which somebody answered or something happened, in order. */
static void day_rows(const struct report *report, const struct chart_marks *marks, struct buf *out) {
    size_t answer = 0, mark = 0;
    int64_t total = 0;
    while (answer < report->day_count || mark < marks->count) {
        bool answered = answer < report->day_count &&
                        (mark >= marks->count || report->days[answer].day <= marks->all[mark].day);
        int64_t day = answered ? report->days[answer].day : marks->all[mark].day, count = 0;
        if (answered) {
            count = report->days[answer].count;
            total = report->days[answer++].total;
        }
        day_row(report, marks, day, count, total, out);
        while (mark < marks->count && marks->all[mark].day == day) mark++;
    }
}

static void curve(const struct report *report, struct buf *out) {
    struct chart_marks marks;
    chart_marks_of(report, &marks);
    buf_add_text(out, "<section aria-labelledby=\"s-curve\" class=\"long\">\n<h2 id=\"s-curve\">Les réponses "
                      "au fil du temps</h2>\n"
                      "<p class=\"note\">Part cumulée des collectivités sélectionnées ayant répondu. Traits "
                      "verticaux : les envois "
                      "(en pointillé, ceux à venir) et l'échéance.</p>\n<figure tabindex=\"0\" "
                      "aria-label=\"Courbe des réponses\">");
    chart_svg(report, &marks, out);
    buf_add_text(
        out,
        "</figure>\n<details><summary>Les chiffres de la courbe</summary>\n"
        "<div class=\"scroll\" role=\"region\" aria-label=\"Les chiffres de la courbe\" "
        "tabindex=\"0\"><table>\n"
        "<caption>Réponses jour par jour, avec les envois</caption>\n<thead><tr><th scope=\"col\">Jour</th>"
        "<th scope=\"col\" class=\"n\">Réponses</th><th scope=\"col\" class=\"n\">Cumul</th>"
        "<th scope=\"col\" class=\"n\">Taux</th><th scope=\"col\">Ce jour-là</th></tr></thead>\n<tbody>\n");
    day_rows(report, &marks, out);
    buf_add_text(out, "</tbody></table></div></details>\n</section>\n");
    chart_marks_release(&marks);
}

/* -- waves ---------------------------------------------------------------------------------------- */
enum { COUNT_CELLS = 6 };
static void count_cells(const int64_t counts[COUNT_CELLS], struct buf *out) {
    for (int i = 0; i < COUNT_CELLS; i++) html_number_cell(out, counts[i]);
}
static void sent_cells(const struct delivery_counts *counts, struct buf *out) {
    count_cells((const int64_t[]){counts->planned, counts->sent, counts->pending, counts->failed,
                                  counts->skipped, counts->in_doubt},
                out);
}
static void back_cells(const struct delivery_counts *counts, struct buf *out) {
    html_number_cell(out, counts->sent);
    count_cells((const int64_t[]){counts->bounced_hard, counts->bounced_soft, counts->autoreplies,
                                  counts->replies, counts->objections, counts->complaints},
                out);
}

static void wave_state(const struct report_wave *wave, struct buf *out) {
    buf_add_format(out, "<small class=\"state state-%s\">%s", WAVE_STATE[wave->state],
                   wave_state_text(wave->state));
    if (wave->reason[0]) {
        buf_add_text(out, " : ");
        html_escape(out, skip_reason_text(wave->reason));
    }
    if (wave->forecast >= 0) {
        char count[120];
        french_count(wave->forecast, "destinataire à ce jour", "destinataires à ce jour", count,
                     sizeof count);
        buf_add_format(out, ", %s", count);
    }
    buf_add_text(out, "</small>");
}

static void wave_heading(const struct report_wave *wave, bool with_audience, struct buf *out) {
    buf_add_text(out, "<tr><th scope=\"row\">");
    html_escape(out, wave->title[0] ? wave->title : wave->name);
    buf_add_text(out, "<small>");
    html_escape(out, wave->name);
    if (with_audience) buf_add_format(out, " · %s", audience_text(wave->audience));
    buf_add_text(out, "</small></th>");
}

static void wave_row(const struct report *report, const struct report_wave *wave, struct buf *out) {
    char at[FRENCH_MOMENT];
    french_short_moment(report->zone, wave->at_ms, at);
    wave_heading(wave, true, out);
    buf_add_format(out, "<td class=\"when\">%s", at);
    wave_state(wave, out);
    buf_add_text(out, "</td>");
    sent_cells(&wave->counts, out);
    buf_add_text(out, "</tr>\n");
}

static void skip_list(const struct report *report, struct buf *out) {
    if (!report->skip_count) return;
    buf_add_text(out,
                 "<details><summary>Pourquoi des envois ont été écartés</summary>\n<table><caption>Envois "
                 "écartés, par vague et "
                 "par motif</caption>\n<thead><tr><th scope=\"col\">Vague</th><th scope=\"col\">Motif</th>"
                 "<th scope=\"col\" class=\"n\">Envois</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->skip_count; i++) {
        buf_add_text(out, "<tr><th scope=\"row\">");
        html_escape(out, report->skips[i].wave);
        buf_add_text(out, "</th>");
        element(out, "td", skip_reason_text(report->skips[i].reason));
        html_number_cell(out, report->skips[i].count);
        buf_add_text(out, "</tr>\n");
    }
    buf_add_text(out, "</tbody></table></details>\n");
}

static void headings(const char *const *words, size_t count, struct buf *out) {
    for (size_t i = 0; i < count; i++) buf_add_format(out, "<th scope=\"col\" class=\"n\">%s</th>", words[i]);
    buf_add_text(out, "</tr></thead>\n<tbody>\n");
}

static void wave_table(const struct report *report, struct buf *out) {
    static const char *const WORDS[] = {"Prévus", "Envoyés", "En attente", "Échecs", "Écartés", "En doute"};
    buf_add_text(
        out, "<section aria-labelledby=\"s-waves\" class=\"long\">\n<h2 id=\"s-waves\">Les envois, vague par "
             "vague</h2>\n"
             "<div class=\"scroll\" role=\"region\" aria-labelledby=\"s-waves\" tabindex=\"0\"><table>\n"
             "<caption>Prévus = envoyés + en attente + échecs + écartés + en doute.</caption>\n<thead><tr>"
             "<th scope=\"col\">Vague</th><th scope=\"col\">Départ</th>");
    headings(WORDS, COUNT(WORDS), out);
    for (size_t i = 0; i < report->wave_count; i++) wave_row(report, &report->waves[i], out);
    buf_add_text(out, "</tbody>\n<tfoot><tr><th scope=\"row\" colspan=\"2\">Ensemble</th>");
    sent_cells(&report->counts, out);
    buf_add_text(out, "</tr></tfoot>\n</table></div>\n");
    skip_list(report, out);
    buf_add_text(out, "</section>\n");
}

static void return_table(const struct report *report, struct buf *out) {
    static const char *const WORDS[] = {"Envoyés",
                                        "Refus définitifs",
                                        "Refus passagers",
                                        "Réponses automatiques",
                                        "Réponses par courriel",
                                        "Oppositions",
                                        "Plaintes"};
    buf_add_text(out, "<section aria-labelledby=\"s-returns\" class=\"long\">\n<h2 id=\"s-returns\">Ce qui "
                      "est revenu</h2>\n");
    if (!report->counts.sent) {
        buf_add_text(out, "<p class=\"note\">Rien n'est encore parti.</p>\n</section>\n");
        return;
    }
    buf_add_text(
        out, "<div class=\"scroll\" role=\"region\" aria-labelledby=\"s-returns\" tabindex=\"0\"><table>\n"
             "<caption>Retours des messages envoyés ; ils restent comptés parmi les "
             "envoyés.</caption>\n<thead><tr>"
             "<th scope=\"col\">Vague</th>");
    headings(WORDS, COUNT(WORDS), out);
    for (size_t i = 0; i < report->wave_count; i++) {
        if (!report->waves[i].counts.sent) continue;
        wave_heading(&report->waves[i], false, out);
        back_cells(&report->waves[i].counts, out);
        buf_add_text(out, "</tr>\n");
    }
    buf_add_text(out, "</tbody>\n<tfoot><tr><th scope=\"row\">Ensemble</th>");
    back_cells(&report->counts, out);
    buf_add_text(out, "</tr></tfoot>\n</table></div>\n</section>\n");
}

/* -- departments ---------------------------------------------------------------------------------- */
static void department_cells(const struct selected_counts *selected, const struct delivery_counts *counts,
                             struct buf *out) {
    char rate[FRENCH_NUMBER];
    french_percent(selected->answered, selected->total, rate);
    html_number_cell(out, selected->total);
    html_number_cell(out, selected->answered);
    buf_add_format(
        out,
        "<td class=\"n\">%s</td><td class=\"bar\"><svg viewBox=\"0 0 1000 9\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><rect class=\"f-open\" width=\"1000\" height=\"9\"/><rect class=\"f-answered\" "
        "width=\"%" PRId64 "\" height=\"9\"/></svg></td>",
        rate, permille(selected->answered, selected->total));
    html_number_cell(out, selected->unanswered);
    html_number_cell(out, selected->unreachable);
    html_number_cell(out, counts->sent);
    html_number_cell(out, counts->bounced_hard + counts->failed);
}

static void department_table(const struct report *report, struct buf *out) {
    buf_add_text(
        out,
        "<section aria-labelledby=\"s-departments\" class=\"long\">\n<h2 id=\"s-departments\">Par "
        "département</h2>\n"
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"s-departments\" tabindex=\"0\"><table>\n"
        "<caption>Collectivités sélectionnées, et envois de toutes les vagues. Échecs : refus du serveur et "
        "retours définitifs.</caption>\n<thead><tr><th scope=\"col\">Département</th>"
        "<th scope=\"col\" class=\"n\">Sélectionnées</th><th scope=\"col\" class=\"n\">Répondants</th>"
        "<th scope=\"col\" colspan=\"2\">Taux</th><th scope=\"col\" class=\"n\">Sans réponse</th>"
        "<th scope=\"col\" class=\"n\">Injoignables</th><th scope=\"col\" class=\"n\">Envoyés</th>"
        "<th scope=\"col\" class=\"n\">Échecs</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->department_count; i++) {
        buf_add_format(out, "<tr><th scope=\"row\">%s ", report->departments[i].code);
        html_escape(out, report->departments[i].name);
        buf_add_text(out, "</th>");
        department_cells(&report->departments[i].selected, &report->departments[i].counts, out);
        buf_add_text(out, "</tr>\n");
    }
    buf_add_text(out, "</tbody>\n");
    if (report->department_count > 1) {
        buf_add_text(out, "<tfoot><tr><th scope=\"row\">Ensemble</th>");
        department_cells(&report->selected, &report->counts, out);
        buf_add_text(out, "</tr></tfoot>\n");
    }
    buf_add_text(out, "</table></div>\n</section>\n");
}

/* -- calls ---------------------------------------------------------------------------------------- */
static void call_row(const struct report_call *call, struct buf *out) {
    char since[FRENCH_MOMENT];
    french_short_moment(PARIS, call->since_ms, since);
    buf_add_text(out, "<tr><th scope=\"row\">");
    html_escape(out, call->name);
    buf_add_text(out, "</th>");
    element(out, "td", call->id);
    element(out, "td", call->department);
    html_number_cell(out, call->population);
    buf_add_text(out, "<td>");
    html_escape(out, skip_reason_text(call->reason));
    if (call->address[0]) element(out, "small", call->address);
    buf_add_format(out, "</td><td class=\"when\">%s</td></tr>\n", since);
}

static void neighbours(const struct report *report, struct buf *out) {
    char text[300];
    neighbours_text(report, text, sizeof text);
    if (!text[0]) return;
    buf_add_text(out, "<p class=\"note\">");
    html_escape(out, text);
    buf_add_text(out, ".</p>\n");
}

static void call_list(const struct report *report, struct buf *out) {
    buf_add_text(out, "<section aria-labelledby=\"s-calls\" class=\"long\">\n<h2 id=\"s-calls\">À joindre "
                      "par téléphone</h2>\n");
    if (!report->calls.own) {
        buf_add_text(out, "<p class=\"note\">Personne : toutes les collectivités sans réponse peuvent être "
                          "jointes par courriel.</p>\n"
                          "</section>\n");
        return;
    }
    char count[200];
    french_count(
        (int64_t)report->calls.own, "collectivité sélectionnée, sans réponse, qu'aucun courriel n'atteint",
        "collectivités sélectionnées, sans réponse, qu'aucun courriel n'atteint", count, sizeof count);
    buf_add_format(out, "<div class=\"scroll\" role=\"region\" aria-labelledby=\"s-calls\" "
                        "tabindex=\"0\"><table>\n<caption>");
    html_escape(out, count);
    buf_add_text(
        out,
        ". Par département, les plus peuplées d'abord.</caption>\n<thead><tr><th "
        "scope=\"col\">Collectivité</th>"
        "<th scope=\"col\">Code</th><th scope=\"col\">Dép.</th><th scope=\"col\" class=\"n\">Population</th>"
        "<th scope=\"col\">Motif</th><th scope=\"col\">Depuis</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->calls.own; i++) call_row(&report->calls.all[i], out);
    buf_add_text(out, "</tbody></table></div>\n</section>\n");
}

void report_html(const struct report *report, struct buf *out) {
    head(report, out);
    page_header(report, out);
    headline(report, out);
    curve(report, out);
    wave_table(report, out);
    return_table(report, out);
    department_table(report, out);
    neighbours(report, out);
    call_list(report, out);
    buf_add_text(out, "</main>\n<footer><p>Établi par Relais. Les ouvertures et les clics ne sont pas suivis "
                      ": l'avancement se mesure "
                      "aux réponses.</p></footer>\n</body>\n</html>\n");
}
