/* relais inbox [--once | --stdin]: reads what comes back. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailer/app_log.h"
#include "mailer/inbox/inbound_store.h"
#include "mailer/roles.h"
#include "mailer/store_path.h"

enum { STDIN_LIMIT = 200 << 20, STDIN_SECONDS = 60 };

/* One message from an MTA's pipe. The MTA understands two answers: 0, it is safe here; 75, ask again later.
 * Anything else would make it return or drop the message, so a broken configuration too is "later". */
static bool take_stdin(struct app *app, struct err *err) {
    struct token_key key;
    struct inbound_judged judged;
    AUTO_BUF message = BUF_INIT(STDIN_LIMIT);
    if (!app_db(app, err) || !token_key_load(settings_path(app->settings, "sender", "key_file"), &key, err))
        return false;
    message.ceiling = (size_t)settings_int(app->settings, "inbox", "max_megabytes") * 1000000;
    bool whole = buf_add_file(&message, stdin);
    if (!whole && !message.overflow) return err_errno(err, ERR_RETRY, "STDIN", "l'entrée ne peut être lue");
    struct inbound_message given = {.source = "stdin", .bytes = message, .cut = message.overflow};
    const struct soft_rules soft = soft_rules_read(app->settings);
    if (!inbound_judge(app->db, &given, &judged, err)) return false;
    message = given.bytes; /* taken over */
    AUTO_BUF journal = BUF_INIT(4096);
    store_journal_path(app->settings, &journal);
    const struct inbound_rules rules = {&key, &soft, buf_text(&journal)};
    bool good = inbound_take(app->db, &rules, &judged, 1, app_now_ms(app), err) && inbound_may_go(judged.end, err);
    if (good && *judged.trouble) fprintf(stderr, "relais: gardé non lu, à régler par une personne : %s\n", judged.trouble);
    inbound_judged_release(&judged);
    return good;
}

/* The store is somebody else's for too long. What was not committed is as if it had never come; what was is found to have been
 * seen when the MTA tries again. */
static void give_up(int number) {
    (void)number;
    _exit(EXIT_TEMPFAIL);
}

static int from_stdin(struct app *app) {
    struct err err = {0};
    signal(SIGALRM, give_up);
    alarm(STDIN_SECONDS);
    if (take_stdin(app, &err)) return EXIT_DONE;
    app_refuse(app, &err);
    return EXIT_TEMPFAIL;
}

int cmd_inbox(struct app *app, int argc, char **argv) {
    struct err err = {0};
    bool once = false, from_input = false;
    const struct app_option options[] = {{"--once", NULL, &once}, {"--stdin", NULL, &from_input}};
    for (int i = 1; i < argc; i++)
        from_input |= !strcmp(argv[i], "--stdin"); /* even when what follows is wrong */
    bool piped = from_input;
    bool good = app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) >= 0;
    if (good && once && piped) good = err_set(&err, ERR_INPUT, "USAGE", "choisissez --once ou --stdin");
    /* Before the configuration, the key and the database are in this process's memory. */
    if (good) good = inbound_reader_open(INBOUND_ACTED_ON, &err);
    if (good && piped) return from_stdin(app);
    if (good) good = app_log_begin(app, "inbox", &err);
    if (good) {
        int code = role_inbox(app, once);
        inbound_reader_close();
        return code;
    }
    struct err unheard;
    if (!piped && !app->settings) (void)app_log_begin(app, "inbox", &unheard);
    app_refuse(app, &err);
    return piped ? EXIT_TEMPFAIL : EXIT_REFUSED;
}
