/* The send journal: which dispatch was armed and what became of it, in a file outside the database, so that a database
 * restored from a backup is found out before it sends anything twice. Text, append-only, no addresses in it:
 *
 *   relais-send-journal 1 STORE_ID FIRST_TURN            once, at the beginning; it has the turns above FIRST_TURN
 *   T TURN DURABLE_TURN AT_MS BOOT_ID BYTES SUM          what one commit of the sender wrote, in BYTES bytes of lines:
 *   W WAVE_ID CAMPAIGN WAVE                                what a wave's number means, before its first use by a run
 *   A DISPATCH WAVE_ID PARTY DATE_MS ARMED_MS SHA256       armed: its final dot may leave from now on
 *   R DISPATCH STATE CODE                                  how it ended: sent, failed, deferred, ready (not accepted) or in_doubt
 *
 * Names and codes are one word: spaces, percent signs and what is not ASCII stand as %c3. A turn is written after its commit and before its dots: whatever the journal says, the database has said before. So a
 * journal that is ahead of its database means that the database went back, by a power cut at most to DURABLE_TURN, the last
 * commit known to have been fully synchronous; by a restored backup to anywhere. A journal one turn behind in the same boot
 * means that the dots of that turn never left. That holds where the journal is synchronised before the dots, or as late as the database; with [store]
 * durability = full it follows one turn behind, and proves nothing of its last turn. SUM makes a turn that was torn by a power cut known. */
#ifndef MAILER_SEND_JOURNAL_H
#define MAILER_SEND_JOURNAL_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/process.h"

enum {
    JOURNAL_STORE_ID = 33,           /* 32 hexadecimal digits */
    JOURNAL_NAME = 64,               /* a campaign, a wave */
    JOURNAL_TURN_BYTES = 128 << 10,  /* the lines of one turn; its reader refuses more */
    JOURNAL_TAIL_BYTES = 512 << 10,  /* what opening reads, however long the file is */
};

/* -- writing: by the one sender -------------------------------------------------------------------------------- */
struct journal;
struct journal_position {
    int64_t turn, durable_turn, at_ms; /* of the last complete turn; 0 in a new journal */
    char boot_id[BOOT_ID_TEXT];        /* the boot in which it was written; "" = not known */
    int64_t cut_bytes;                 /* torn or damaged, cut from the end by journal_open */
    int64_t hole_ms;                   /* of the last complete turn before one that is damaged, with complete ones behind it; 0 = no such hole */
};
/* Opens it for appending; bytes torn off by a power cut are cut from its end. store_id: of the database it must belong to.
 *   JOURNAL_MISSING   there is none          JOURNAL_FOREIGN   it belongs to another database, or is no journal
 *   JOURNAL           it cannot be read or written: the text says why
 * All are ERR_INPUT. */
struct journal *journal_open(const char *path, const char *store_id, struct err *err);
/* A new one, beginning at this turn. ERR_INPUT JOURNAL when there is a file already. */
struct journal *journal_create(const char *path, const char *store_id, int64_t turn, struct err *err);
const struct journal_position *journal_position(const struct journal *journal);
int64_t journal_size_bytes(const struct journal *journal);
void journal_skip_to(struct journal *journal, int64_t turn); /* the next turn's number is above this one */
void journal_close(struct journal *journal); /* NULL is fine */
AUTO_CLOSE(journal, journal_close)

/* Lines of the turn under way, kept in memory. */
struct journal_arm { int64_t dispatch_id, wave_id, date_ms, armed_ms; const char *party_id, *sha256; /* 64 hex digits */ };
bool journal_knows_wave(const struct journal *journal, int64_t wave_id); /* false: say it first */
void journal_wave(struct journal *journal, int64_t wave_id, const char *campaign, const char *wave);
void journal_armed(struct journal *journal, const struct journal_arm *arm);
void journal_ended(struct journal *journal, int64_t dispatch_id, const char *state, int code);
bool journal_has_lines(const struct journal *journal);
size_t journal_line_bytes(const struct journal *journal); /* of the turn under way */
int64_t journal_turn(const struct journal *journal);          /* its number, for the database */
uint64_t journal_file(const struct journal *journal);         /* which file it is: a copy that was put back is another; 0 = not known */
const char *journal_arming(const struct journal *journal);    /* the dispatches it arms: "17 18", for the database */
void journal_forget(struct journal *journal);                 /* the turn was rolled back */
/* The turn was committed; durable: by a fully synchronous commit, then the file is synchronised too. One write. False (ERR_RETRY
 * JOURNAL_WRITE, or JOURNAL_FULL when the disk is): the file is as before, the turn is kept and journal_flush will try again; until then no dot may leave. */
bool journal_write(struct journal *journal, bool durable, int64_t now_ms, struct err *err) MUST_USE;
bool journal_flush(struct journal *journal, struct err *err) MUST_USE;
/* What journal_write wrote before the call is on the disk. The only function that another thread may call while the journal is in use. */
bool journal_sync(const struct journal *journal, struct err *err) MUST_USE;
/* Its path still leads to the file that is written, and nothing has been taken from it. ERR_FATAL JOURNAL_GONE. */
bool journal_in_place(const struct journal *journal, struct err *err) MUST_USE;
/* The database is durable up to that turn, as later lines are to say: after its commit was synchronised by db_sync. */
void journal_durable_to(struct journal *journal, int64_t turn);

/* -- reading ------------------------------------------------------------------------------------------------------ */
enum journal_kind { JOURNAL_HEADER, JOURNAL_TURN, JOURNAL_WAVE, JOURNAL_ARMED, JOURNAL_ENDED };
struct journal_line {
    enum journal_kind kind;
    int64_t turn, durable_turn, at_ms; /* of the turn the line is in; of the header turn = FIRST_TURN */
    char boot_id[BOOT_ID_TEXT];
    char store_id[JOURNAL_STORE_ID];   /* header */
    int64_t wave_id, dispatch_id, date_ms, armed_ms;
    char campaign[JOURNAL_NAME], wave[JOURNAL_NAME], party_id[32], sha256[65], state[16];
    int code;
};
typedef bool journal_visit(void *ctx, const struct journal_line *line, struct err *err);
struct journal_summary {
    int64_t damaged_bytes; /* of turns that do not add up, or are no turns: what they said is not known */
    size_t good_end;       /* behind the last complete turn (or the header), from the first byte given */
};
/* Pure. Calls visit for every line of every complete turn. Returns how many bytes need not be given again; ended: these are
 * the file's last ones. -1 when visit returned false. summary is added to. */
ssize_t journal_parse(const char *bytes, size_t length, bool ended, journal_visit *visit, void *ctx, struct journal_summary *summary,
                      struct err *err);
/* The whole file, a piece at a time. ERR_INPUT JOURNAL_MISSING, JOURNAL_FOREIGN (no header), JOURNAL. */
bool journal_read(const char *path, journal_visit *visit, void *ctx, struct journal_summary *summary, struct err *err);

/* Cuts away the turns before an instant: a new file takes its place, whole or not at all. False: the old one stands. */
bool journal_cut(const char *path, int64_t before_ms, struct err *err) MUST_USE;

#endif
