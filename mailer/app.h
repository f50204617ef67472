/* What every command starts from: its options, configuration, clock and database. */
#ifndef MAILER_APP_H
#define MAILER_APP_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/js.h"
#include "base/settings.h"
#include "schedules/closures.h"

enum app_format { APP_TEXT, APP_JSON, APP_CSV, APP_HTML, APP_XLSX };
enum { EXIT_DONE = 0, EXIT_PERSON = 1, EXIT_REFUSED = 2, EXIT_TEMPFAIL = 75 };

struct app {
    const char *config_file;   /* as found or given; NULL = none */
    const char *clock_text;    /* --clock or RELAIS_CLOCK; NULL = none */
    struct clock clock;
    enum app_format format;
    struct settings *settings; /* NULL until app_settings */
    struct db *db;             /* NULL until app_db */
    struct closures *closures; /* NULL until app_db, or without [schedule] closures */
    const char *by_whom;       /* the user's login name, for the ledger */
};

/* Loads the configuration once; reads [schedule] closures, opens the database once (schema checked and migrated), and follows a running
 * daemon's artificial clock unless --clock says otherwise. All free with the app, in main. */
bool app_settings(struct app *app, struct err *err);
bool app_db(struct app *app, struct err *err);
/* The closures the configuration names, for schedules/workdays.h: ERR_INPUT with file and line. app_db calls it. */
bool app_closures(struct app *app, struct err *err);
int64_t app_now_ms(const struct app *app);
bool app_sender_works(const struct app *app); /* or may, where its lock cannot be looked at */
/* Says an error: to standard error (by the log, of a role whose log is JSON), and with --format json as {"error":{…}} on standard output. Returns EXIT_REFUSED. */
int app_refuse(struct app *app, const struct err *err);
/* A file or "-" (standard input), whole, at most limit bytes. */
bool app_read_file(const char *path, size_t limit_bytes, struct buf *out, struct err *err);

/* -- arguments: one table a command, shared parser ---------------------------------------------------- */
struct app_option {
    const char *name;      /* "--campaign" */
    const char **text;     /* takes a value, or: */
    bool *flag;            /* takes none */
};
/* Options anywhere, at least `least` and at most `most` further words into words. --format and --clock are taken for
 * every command. ERR_INPUT USAGE names the word that is wrong. Returns how many words, or -1. */
int app_arguments(struct app *app, int argc, char **argv, const struct app_option *options, size_t option_count,
                  const char **words, int least, int most, struct err *err);

/* For commands with --output: "x.csv" and "x.xlsx" say the format where --format does not. ERR_INPUT USAGE when the two
 * differ, and for a workbook without a file. */
bool app_output_form(struct app *app, const char *path, struct err *err);

/* A command: its words (argv[0] is the command), returns the exit code. One file each, cmd_NAME.c. */
typedef int app_command(struct app *app, int argc, char **argv);
app_command cmd_init, cmd_check, cmd_import, cmd_campaign, cmd_plan, cmd_extend, cmd_preview, cmd_try, cmd_start, cmd_answered,
    cmd_unanswered, cmd_withdraw, cmd_send, cmd_inbox, cmd_daemon, cmd_report, cmd_history, cmd_why, cmd_calls,
    cmd_classify, cmd_directory, cmd_render, cmd_pause, cmd_resume, cmd_cancel, cmd_at, cmd_undo, cmd_imports,
    cmd_reference, cmd_wave, cmd_calendar, cmd_rehearse, cmd_doubts, cmd_settle, cmd_reconcile, cmd_metrics, cmd_returns, cmd_suppressions;

#endif
