/* A campaign's forecast for people and machines: each wave's days and counts, and what to look at before. Of plan and start. */
#ifndef MAILER_CMD_PLAN_VIEW_H
#define MAILER_CMD_PLAN_VIEW_H

#include "mailer/app.h"
#include "mailer/plan_view.h"
#include "mailer/send/forecast.h"

enum { WARNING_TEXT = 500, WARNINGS = 500 };
struct plan_warning { const char *code, *wave; char text[WARNING_TEXT]; }; /* wave "": of the campaign */

struct plan_forecast {
    struct waves waves;
    struct forecast forecast;      /* the same order */
    struct send_limits limits;
    int64_t a_minute;
    struct plan_warning *warnings;
    size_t warning_count;
};
bool plan_forecast_load(struct app *app, const struct campaign *campaign, struct plan_forecast *all, struct err *err);
void plan_forecast_release(struct plan_forecast *all);

/* « Répondants connus au 15/01/2026 … », then a line a warning. */
void plan_forecast_text(const struct campaign *campaign, const struct plan_forecast *all, struct buf *out);
/* Departments that go on another day or at another hour, and when the relay will have done. */
void plan_wave_text(const struct plan_forecast *all, size_t wave, struct buf *out);
/* rate, messages_a_day, answers_as_of, answers_old, warnings; and of one wave groups, finishes, slowest_domains, in_time, unsent, would_skip. */
void plan_forecast_json(const struct campaign *campaign, const struct plan_forecast *all, struct js *answer);
void plan_wave_json(const struct plan_forecast *all, size_t wave, struct js *one);

#endif
