/* Sets of departments, and the ways a calendar names them: codes, school zones, territories. */
#ifndef SCHEDULES_PLACES_H
#define SCHEDULES_PLACES_H

#include "base/common.h"

struct places { uint64_t bits[2]; };

bool places_empty(const struct places *places);
/* "29", "2A", "974"; a code nobody has is in no set. */
bool places_have(const struct places *places, const char *department);
/* One name of a list: a code, "Zone A", "Zones A/B/C", "Corse", "Guadeloupe" …; false when it is none of them. */
bool places_add(struct places *places, const char *name, size_t length);
/* The school zones named anywhere in a text: "Vacances d'hiver - Zone A", "Noël, zones A, B et C". */
void places_add_zones(struct places *places, const char *text);

#endif
