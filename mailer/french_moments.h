/* Instants and days as French people write them, in the local time of a place. */
#ifndef MAILER_FRENCH_MOMENTS_H
#define MAILER_FRENCH_MOMENTS_H

#include "base/clock.h"
#include "schedules/french.h"

enum { FRENCH_MOMENT = 96 };
#define PARIS "Europe/Paris"

/* jeudi 15 janvier 2026 à 10 h 00 · jeu. 15/01/2026 à 10:00 · 15/01/2026 10:00 · 2026-01-15T10:00:00+01:00; "" for instants below 0. */
void french_moment(const char *zone, int64_t at_ms, char out[FRENCH_MOMENT]);
void french_weekday_moment(const char *zone, int64_t at_ms, char out[FRENCH_MOMENT]);
void french_short_moment(const char *zone, int64_t at_ms, char out[FRENCH_MOMENT]);
void zoned_instant(const char *zone, int64_t at_ms, char out[INSTANT_TEXT]);
int64_t local_day(const char *zone, int64_t at_ms); /* days since 1970 */
/* 15 janv. · 1er mai (the day alone, for a chart), and a month's short name, 1 = janv. */
void french_tiny_date(int64_t day, char out[FRENCH_DATE]);
const char *french_tiny_month(int month);

#endif
