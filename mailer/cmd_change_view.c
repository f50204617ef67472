/* What a changed plan does, wave by wave, for people and machines: what was sent and does not recur, what moves, comes or
 * goes, what will be too late, and which new waves would take the place of those that were sent. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/cmd_change.h"
#include "mailer/plan_view.h"
#include "schedules/french.h"
#include "schedules/plan.h"

/* -- what becomes of a wave ----------------------------------------------------------------------------------------- */
static bool is_dropped(const struct wave *wave) { return wave->state == WAVE_SKIPPED && !strcmp(wave->reason, "dropped"); }

/* sent | moved | unchanged | changed | added | dropped; NULL: it had been dropped before, and nobody speaks of it. */
static const char *fate(const struct change *change, const struct wave *before, const struct wave *after) {
    if (before && is_dropped(before) && (!after || is_dropped(after))) return NULL;
    if (!after || is_dropped(after)) return "dropped";
    if (!before || is_dropped(before)) return "added";
    if (!wave_may_move(before)) return "sent";
    if (before->at_ms != after->at_ms) return "moved";
    bool touched = change_touches(change, after->template);
    return before->audience == after->audience && before->resend == after->resend && !strcmp(before->template, after->template) && !touched ? "unchanged" : "changed";
}

static int64_t new_deadline_ms(const struct change *change) {
    int64_t deadline_ms = 0;
    return plan_deadline_ms(change->campaign.schedule.due_day, &deadline_ms, NULL) ? deadline_ms : 0;
}

/* Why a wave that has not begun will never go out as the plan now is: "late", "deadline"; NULL when it may. */
static const char *lost(const struct change *change, const struct wave *wave) {
    int64_t latest_ms;
    if (wave->state != WAVE_WAITING || !wave_may_move(wave)) return NULL;
    if (wave->at_ms >= new_deadline_ms(change)) return "deadline";
    bool late = plan_latest_ms(&change->campaign.schedule, "", wave->at_ms, &latest_ms, NULL) && latest_ms < app_now_ms(change->app);
    return late ? "late" : NULL;
}

/* Every wave the change speaks of, in the order of its new instant, those that go last. */
struct line { const struct wave *before, *after; const char *fate, *lost; };

static size_t all_lines(const struct change *change, struct line *lines) {
    size_t count = 0;
    for (size_t i = 0; i < change->after.count; i++) {
        const struct wave *after = &change->after.all[i], *before = waves_find(&change->before, after->name);
        lines[count] = (struct line){before, after, fate(change, before, after), lost(change, after)};
        count += lines[count].fate != NULL;
    }
    for (size_t i = 0; i < change->before.count; i++) {
        const struct wave *before = &change->before.all[i];
        if (waves_find(&change->after, before->name) || is_dropped(before)) continue;
        lines[count++] = (struct line){.before = before, .fate = "dropped"};
    }
    return count;
}

static struct line *lines_of(const struct change *change, size_t *count) {
    struct line *lines = mem_new(change->before.count + change->after.count + 1, sizeof *lines);
    *count = all_lines(change, lines);
    return lines;
}

/* -- what is proposed in place of what was sent ---------------------------------------------------------------------- */
struct proposal { char name[SCHEDULE_NAME + 4]; const struct schedule_wave *like; int64_t at_ms; };

/* A wave to come that says the same to the same people as many days before. */
static bool stands_in(const struct change *change, const struct schedule_wave *sent) {
    const struct schedule *schedule = &change->campaign.schedule;
    for (size_t i = 0; i < schedule->wave_count; i++) {
        const struct wave *row = waves_find(&change->after, schedule->waves[i].name);
        if (row && wave_may_move(row) && schedule->waves[i].relative && schedule->waves[i].offset_days == sent->offset_days &&
            schedule->waves[i].audience == sent->audience)
            return true;
    }
    return false;
}

/* rappel-j7 gives rappel-j7-2; rappel-j7-2 gives rappel-j7-3. */
static void next_name(const struct change *change, const char *name, char out[SCHEDULE_NAME + 4]) {
    for (int i = 2; i < 1000; i++) {
        snprintf(out, SCHEDULE_NAME + 4, "%.*s-%d", SCHEDULE_NAME - 6, name, i);
        if (!schedule_wave_named(&change->campaign.schedule, out) && !waves_find(&change->after, out)) return;
    }
}

static bool already_proposed(const struct proposal *all, size_t count, const struct schedule_wave *wave) {
    for (size_t i = 0; i < count; i++)
        if (all[i].like->offset_days == wave->offset_days && all[i].like->audience == wave->audience) return true;
    return false;
}

/* Only where the deadline has moved: of each relative wave that was sent, its like before the new one, where there is time. */
static size_t propose(const struct change *change, struct proposal all[SCHEDULE_WAVES]) {
    const struct schedule *schedule = &change->campaign.schedule;
    size_t count = 0;
    if (schedule->due_day <= change->was.due_day) return 0;
    for (size_t i = 0; i < schedule->wave_count && count < SCHEDULE_WAVES; i++) {
        const struct schedule_wave *wave = &schedule->waves[i];
        const struct wave *row = waves_find(&change->before, wave->name);
        int64_t at_ms;
        if (!row || wave_may_move(row) || !wave->relative || stands_in(change, wave) || already_proposed(all, count, wave)) continue;
        if (!plan_instant_ms(schedule, wave, "", &at_ms, NULL) || at_ms <= app_now_ms(change->app)) continue;
        all[count] = (struct proposal){.like = wave, .at_ms = at_ms};
        next_name(change, wave->name, all[count++].name);
    }
    return count;
}

static void add_command(const struct change *change, const struct proposal *proposal, struct buf *out) {
    buf_add_format(out, "relais wave add %s %s --before %d --audience %s --template %s", change->name, proposal->name,
                   -proposal->like->offset_days, AUDIENCE[proposal->like->audience], proposal->like->template);
    if (proposal->like->uncertain) buf_add_format(out, " --uncertain %s", UNCERTAIN[proposal->like->uncertain]);
}

/* -- for machines ------------------------------------------------------------------------------------------------------ */
static void set_instant(struct js *object, const char *key, const struct wave *wave) {
    char at[INSTANT_TEXT] = "";
    if (wave) zoned_instant(PARIS, wave->at_ms, at);
    js_set_text(object, key, wave ? at : NULL);
}

/* kept: nothing had been approved, or is touched; renewed; void: start must be given again. */
static const char *approval_word(const struct change *change) {
    if (!change->approved_before) return change->started ? "void" : "none";
    return change->approves ? "renewed" : "void";
}

static struct js *waves_json(const struct change *change) {
    size_t count;
    AUTO_MEM struct line *lines = lines_of(change, &count);
    struct js *all = js_array();
    for (size_t i = 0; i < count; i++) {
        struct js *one = js_object();
        bool goes = !strcmp(lines[i].fate, "dropped");
        js_set_text(one, "wave", (lines[i].after ? lines[i].after : lines[i].before)->name);
        set_instant(one, "was", strcmp(lines[i].fate, "added") ? lines[i].before : NULL);
        set_instant(one, "becomes", goes ? NULL : lines[i].after);
        js_set_text(one, "state", lines[i].fate);
        if (lines[i].lost) js_set_text(one, "will_not_go", lines[i].lost);
        js_add(all, one);
    }
    return all;
}

static struct js *proposals_json(const struct change *change) {
    struct proposal proposals[SCHEDULE_WAVES];
    size_t count = propose(change, proposals);
    struct js *all = js_array();
    for (size_t i = 0; i < count; i++) {
        AUTO_BUF command = BUF_INIT(1000);
        char at[INSTANT_TEXT];
        struct js *one = js_object();
        zoned_instant(PARIS, proposals[i].at_ms, at);
        add_command(change, &proposals[i], &command);
        js_set_text(one, "wave", proposals[i].name);
        js_set_text(one, "at", at);
        js_set_text(one, "audience", AUDIENCE[proposals[i].like->audience]);
        js_set_text(one, "template", proposals[i].like->template);
        js_set_text(one, "command", buf_text(&command));
        js_add(all, one);
    }
    return all;
}

void change_json(struct change *change) {
    char was[11], becomes[11];
    AUTO(js) answer = js_object();
    day_write(change->was.due_day, was);
    day_write(change->campaign.schedule.due_day, becomes);
    js_set_text(answer, "campaign", change->campaign.name);
    js_set_text(answer, "before", was);
    js_set_text(answer, "after", becomes);
    js_set_bool(answer, "dry_run", change->dry_run);
    js_set_int(answer, "sequence", change->campaign.schedule.sequence);
    js_set(answer, "waves", waves_json(change));
    js_set_int(answer, "cancelled", change->cancelled);
    js_set_text(answer, "approval", approval_word(change));
    js_set(answer, "proposed", proposals_json(change));
    if (change->templates) js_set(answer, "templates", change->templates);
    change->templates = NULL;
    js_write(answer, stdout);
}

/* -- for people -------------------------------------------------------------------------------------------------------- */
static void add_line(struct buf *out, const struct line *line) {
    const struct wave *wave = line->after ? line->after : line->before;
    char was[FRENCH_MOMENT] = "", becomes[FRENCH_MOMENT] = "";
    char mark = !strcmp(line->fate, "added") ? '+' : !strcmp(line->fate, "dropped") ? '-' : !strcmp(line->fate, "moved") ? '>' :
                !strcmp(line->fate, "changed") ? '~' : '=';
    if (line->before) french_weekday_moment(PARIS, line->before->at_ms, was);
    if (line->after) french_weekday_moment(PARIS, line->after->at_ms, becomes);
    buf_add_format(out, "  %c ", mark);
    text_add_padded(out, wave->name, 18);
    buf_add_format(out, " %s", mark == '+' || mark == '~' || mark == '=' ? becomes : was);
    if (!strcmp(line->fate, "sent")) buf_add_text(out, ", déjà partie : elle ne repart pas");
    if (mark == '>') buf_add_format(out, "  devient  %s", becomes);
    if (mark == '-') buf_add_text(out, ", retirée");
    if (mark == '+' || mark == '~') buf_add_format(out, "  %s, modèle %s", audience_text(wave->audience), wave->template);
    if (line->lost) buf_add_text(out, !strcmp(line->lost, "late") ? ", trop tard : elle ne partira pas" : ", après l'échéance : elle ne partira pas");
    buf_add_char(out, '\n');
}

static void add_deadline(const struct change *change, struct buf *out) {
    char was[FRENCH_DATE], becomes[FRENCH_DATE];
    const char *dry = change->dry_run ? "  (essai : rien n'est changé)" : "";
    french_date(change->was.due_day, was);
    french_date(change->campaign.schedule.due_day, becomes);
    if (change->was.due_day == change->campaign.schedule.due_day) buf_add_format(out, "Échéance : %s, inchangée%s\n\n", becomes, dry);
    else buf_add_format(out, "Échéance : %s  devient  %s%s\n\n", was, becomes, dry);
}

/* Every wave that will not go out, by name: shortening a deadline drops them, and nobody should learn it on the day. */
static void add_lost(const struct line *lines, size_t count, struct buf *out) {
    size_t lost_count = 0;
    AUTO_BUF names = BUF_INIT(SCHEDULE_WAVES * (SCHEDULE_NAME + 4));
    for (size_t i = 0; i < count; i++)
        if (lines[i].lost) buf_add_format(&names, "%s%s", lost_count++ ? ", " : "", lines[i].after->name);
    if (lost_count)
        buf_add_format(out, "\n%s : %s.\n", lost_count > 1 ? "Ces vagues ne partiront pas" : "Cette vague ne partira pas", buf_text(&names));
}

static void add_proposals(const struct change *change, struct buf *out) {
    struct proposal proposals[SCHEDULE_WAVES];
    size_t count = propose(change, proposals);
    if (!count) return;
    buf_add_text(out, "\nPour rappeler encore avant la nouvelle échéance :\n");
    for (size_t i = 0; i < count; i++) {
        char at[FRENCH_MOMENT];
        french_weekday_moment(PARIS, proposals[i].at_ms, at);
        buf_add_format(out, "  %s   ", at);
        add_command(change, &proposals[i], out);
        buf_add_char(out, '\n');
    }
}

static bool announced(const struct line *lines, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(lines[i].fate, "added")) return true;
    return false;
}

void change_text(const struct change *change, struct buf *out) {
    size_t count;
    AUTO_MEM struct line *lines = lines_of(change, &count);
    bool sent = false;
    add_deadline(change, out);
    for (size_t i = 0; i < count; i++) {
        add_line(out, &lines[i]);
        sent |= !strcmp(lines[i].fate, "sent");
    }
    for (size_t i = 0; change->templates && i < js_count(change->templates); i++) {
        const struct js *one = js_at(change->templates, i);
        bool added = !strcmp(js_text(js_get(one, "state")), "added");
        buf_add_format(out, "  %c modèle %s%s\n", added ? '+' : '~', js_text(js_get(one, "template")), added ? "" : " : nouveau texte");
    }
    add_lost(lines, count, out);
    if (change->cancelled)
        buf_add_format(out, "\n%" PRId64 " envoi%s planifié%s et pas encore parti%s : annulé%s, puis planifié%s de nouveau selon le nouveau plan.\n",
                       change->cancelled, change->cancelled > 1 ? "s" : "", change->cancelled > 1 ? "s" : "", change->cancelled > 1 ? "s" : "",
                       change->cancelled > 1 ? "s" : "", change->cancelled > 1 ? "s" : "");
    bool extends = change->campaign.schedule.due_day > change->was.due_day;
    if (sent && extends && !announced(lines, count))
        buf_add_format(out, "\nLes vagues déjà parties ne repartent pas. Pour annoncer la nouvelle date : relais extend %s … --announce\n", change->name);
    add_proposals(change, out);
    if (change->started && !strcmp(approval_word(change), "void"))
        buf_add_format(out, "\nLe départ est à redonner : relais start %s. Rien ne part avant.\n", change->name);
}
