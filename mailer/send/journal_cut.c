/* A journal that has grown long loses its oldest turns: a new file takes its place, whole or not at all. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailer/send/journal_format.h"

enum { COPY_BYTES = 1 << 20, WAVES_MOST = 4096 };

/* What is to be kept: turns from first_kept on, and what the numbers of waves before it meant. */
struct kept {
    int64_t before_ms, first_kept, last_cut; /* first_kept -1 = not seen */
    char store_id[JOURNAL_STORE_ID];
    bool cut_any;
    struct buf waves;
    size_t wave_count;
};

static bool look(void *ctx, const struct journal_line *line, struct err *err) {
    struct kept *kept = ctx;
    if (line->kind == JOURNAL_HEADER) {
        memcpy(kept->store_id, line->store_id, sizeof kept->store_id);
        kept->last_cut = line->turn;
    }
    if (kept->first_kept >= 0) return true;
    if (line->kind == JOURNAL_TURN && line->at_ms >= kept->before_ms) kept->first_kept = line->turn;
    else if (line->kind == JOURNAL_TURN) kept->last_cut = line->turn, kept->cut_any = true;
    else if (line->kind == JOURNAL_WAVE) {
        AUTO_BUF one = BUF_INIT(1024);
        journal_add_wave(&one, line->wave_id, line->campaign, line->wave);
        if (kept->wave_count && strstr(buf_text(&kept->waves), buf_text(&one))) return true;
        if (++kept->wave_count > WAVES_MOST) return err_set(err, ERR_INPUT, "JOURNAL", "trop de vagues dans le journal des envois");
        buf_add(&kept->waves, buf_text(&one), one.length);
    }
    return true;
}

/* Where in the file the turn begins: what stands before its sum is looked for at the beginning of a line. */
static bool find_turn(FILE *file, int64_t turn, long *at) {
    char wanted[40], line[600];
    int length = snprintf(wanted, sizeof wanted, "T %" PRId64 " ", turn);
    bool begins = true;
    for (*at = ftell(file); fgets(line, sizeof line, file); *at = ftell(file)) {
        if (begins && !strncmp(line, wanted, (size_t)length)) return true;
        begins = strchr(line, '\n') != NULL;
    }
    return false;
}

static bool copy_rest(FILE *from, FILE *to) {
    char *piece = mem_new(COPY_BYTES, 1);
    bool good = true;
    for (size_t got; good && (got = fread(piece, 1, COPY_BYTES, from)) > 0;) good = fwrite(piece, 1, got, to) == got;
    free(piece);
    return good && !ferror(from);
}

/* The turn the cut ends with stands for all before it: its number, and the waves' names. */
static bool write_new(const struct kept *kept, FILE *from, FILE *to) {
    AUTO_BUF turn = BUF_INIT(JOURNAL_TURN_BYTES + 1024);
    long at;
    journal_add_turn(&turn, &(struct journal_position){.turn = kept->last_cut, .durable_turn = kept->last_cut, .at_ms = kept->before_ms},
                     buf_text(&kept->waves), kept->waves.length);
    return find_turn(from, kept->first_kept, &at) && !fseek(from, at, SEEK_SET) &&
           fprintf(to, JOURNAL_MAGIC " 1 %s %" PRId64 "\n", kept->store_id, kept->last_cut) > 0 &&
           fwrite(buf_text(&turn), 1, turn.length, to) == turn.length && copy_rest(from, to) && !fflush(to) && !fsync(fileno(to));
}

static bool replace(const char *path, const struct kept *kept, struct err *err) {
    AUTO_BUF part = BUF_INIT(4096);
    buf_add_format(&part, "%s.part", path);
    int fd = open(buf_text(&part), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
    FILE *from = fopen(path, "re"), *to = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool good = from && to && write_new(kept, from, to);
    if (!good) journal_unreadable(path, err);
    if (from) fclose(from);
    if (to) good = !fclose(to) && good;
    else if (fd >= 0) close(fd);
    if (good && !rename(buf_text(&part), path) && journal_sync_folder(path)) return true;
    unlink(buf_text(&part));
    return good ? journal_unreadable(path, err) : false;
}

bool journal_cut(const char *path, int64_t before_ms, struct err *err) {
    struct kept kept = {.before_ms = before_ms, .first_kept = -1, .waves = BUF_INIT(JOURNAL_TURN_BYTES)};
    struct journal_summary summary;
    bool good = journal_read(path, look, &kept, &summary, err);
    /* The newest turn is the journal's position: it stays, however old. */
    bool worth = good && kept.first_kept >= 0 && kept.cut_any && !kept.waves.overflow;
    if (worth) good = replace(path, &kept, err);
    buf_release(&kept.waves);
    return good;
}
