/* The audiences as one SQL condition on enrolment `e`; the numbers are enum audience. For store files only. */
#ifndef MAILER_AUDIENCE_SQL_H
#define MAILER_AUDIENCE_SQL_H

#define AUDIENCE_CONDITION(audience)                                                                         \
    "e.withdrawn = 0 AND e.objected = 0 AND (" audience " = 1 OR (" audience " = 2 AND e.selected = 0) OR ("   \
    audience " = 3 AND e.selected = 1) OR (" audience " = 4 AND e.selected = 1 AND e.answered = 0) OR ("        \
    audience " = 5 AND e.answered = 1))"

/* A relay the lists give no department runs by Paris's clock, and is counted there. */
#define RELAY_DEPARTMENT(relay) "(CASE WHEN " relay ".department = '' THEN '75' ELSE " relay ".department END)"

#endif
