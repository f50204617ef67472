/* The table of commands, and how the program begins and ends. */
#include <fcntl.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "mailer/app.h"

static const struct { const char *name, *arguments, *help; app_command *run; } COMMANDS[] = {
    {"init", "[DOSSIER]", "prépare un dossier de travail : configuration, base, modèles, calendriers", cmd_init},
    {"check", "", "vérifie la configuration, la base, le serveur d'envoi, les modèles et les calendriers", cmd_check},
    {"import", "FICHIER [--campaign C] [--as relays|informed|selected|answered|objected|directory] [--dry-run] [--lines]\n"
     "                 [--allow-downgrade] [--rejects FICHIER.csv|.xlsx] [--format json|csv|xlsx] [--output FICHIER]",
     "lit une liste de coordinateur ; les lignes rejetées peuvent être écrites pour être corrigées", cmd_import},
    {"imports", "", "montre les listes importées, et leur numéro", cmd_imports},
    {"undo", "NUMÉRO [--dry-run]", "annule un import, et dit quels messages étaient partis sur sa foi", cmd_undo},
    {"reference", "update DOSSIER|FICHIER [--year ANNÉE] [--dry-run] [--force] | show", "charge le référentiel d'une nouvelle année, ou le montre", cmd_reference},
    {"directory", "[--department D] [--campaign C] [--format json|csv|xlsx] [--output FICHIER]",
     "les collectivités et leurs adresses, avec leur origine", cmd_directory},
    {"campaign", "create C --schedule FICHIER.ics [--templates DOSSIER] [--title TITRE] | show C\n"
     "                  update C [--schedule FICHIER.ics] [--templates DOSSIER] [--dry-run] [--yes] | export C [DOSSIER] [--force]",
     "crée ou montre une campagne ; prend ses fichiers changés, ou les écrit", cmd_campaign},
    {"plan", "C", "montre les vagues prévues", cmd_plan},
    {"extend", "C DATE [--announce] [--dry-run] [--yes]", "déplace l'échéance, et ce qui n'est pas encore parti avec elle", cmd_extend},
    {"wave", "add C VAGUE --at INSTANT|--before JOURS --audience PUBLIC --template MODÈLE.md [--title TITRE]\n"
     "                 [--uncertain hold|resend] [--dry-run] [--yes]\n"
     "              move C VAGUE [--at INSTANT|--before JOURS] [--audience PUBLIC] [--template MODÈLE.md] [--title TITRE]\n"
     "                 [--uncertain hold|resend]\n"
     "              drop C VAGUE", "ajoute, déplace ou retire une vague", cmd_wave},
    {"calendar", "C [--output FICHIER.ics]", "le plan pour un agenda : un jour par vague, et l'échéance", cmd_calendar},
    {"rehearse", "C [--list] [--format json|csv]", "joue toute la campagne sur une copie : qui recevrait quoi, jour par jour", cmd_rehearse},
    {"preview", "C VAGUE CODE [--part text|html|source]", "montre un message tel qu'il partira", cmd_preview},
    {"try", "C VAGUE --to ADRESSE [ID]", "vous envoie un message, marqué [ESSAI] ; rien n'est enregistré", cmd_try},
    {"start", "C [--yes]", "donne le départ : le démon peut envoyer", cmd_start},
    {"pause", "C", "suspend une campagne", cmd_pause},
    {"resume", "C", "reprend une campagne suspendue", cmd_resume},
    {"cancel", "C", "annule une campagne", cmd_cancel},
    {"answered", "C FICHIER|CODE… [--as-of DATE]", "enregistre des réponses", cmd_answered},
    {"unanswered", "C CODE…", "retire des réponses", cmd_unanswered},
    {"withdraw", "C CODE…", "retire des collectivités d'une campagne", cmd_withdraw},
    {"daemon", "[--until INSTANT | --until-done]", "fait tourner tous les rôles", cmd_daemon},
    {"send", "[--until-idle]", "envoie ce qui est dû", cmd_send},
    {"doubts", "C [--format json|csv] [--output FICHIER]", "les envois dont on ne sait pas s'ils sont partis, et pourquoi", cmd_doubts},
    {"settle", "NUMÉRO sent|resend|drop", "règle un envoi en doute : parti, à renvoyer une fois, ou abandonné", cmd_settle},
    {"reconcile", "[--dry-run] [--yes]", "rapproche une base remise depuis une sauvegarde du journal des envois", cmd_reconcile},
    {"inbox", "[--once | --stdin]", "lit ce qui revient", cmd_inbox},
    {"returns", "C [--department D] [--kind NATURE] [--all] [--format json|csv] [--output FICHIER]\n"
     "                  C show N° [--raw] | C settle N° VERDICT [MOT]", "ce qui est revenu et attend une personne : le lire, le régler", cmd_returns},
    {"suppressions", "[--reason dead|objection|complaint] [--format json|csv] [--output FICHIER]\n"
     "                       lift ADRESSE [objection|complaint] --because MOTIF",
     "les adresses auxquelles on n'écrit plus ; lift : de nouveau, quand c'était une erreur", cmd_suppressions},
    {"report", "C [--department D] [--wave V] [--format html|csv|xlsx|json] [--output FICHIER]\n                 [--table waves|departments|calls]",
     "rapport d'une campagne", cmd_report},
    {"metrics", "[--output FICHIER]", "les compteurs pour une supervision (OpenMetrics)", cmd_metrics},
    {"history", "CODE [--campaign C]", "tout ce qui est arrivé à une collectivité", cmd_history},
    {"why", "CODE --campaign C", "pourquoi un message est, ou n'est pas, prévu", cmd_why},
    {"calls", "C [--department D] [--format csv|xlsx|json] [--output FICHIER]", "qui appeler par téléphone", cmd_calls},
    {"classify", "FICHIER…|-", "dit ce qu'est un message revenu", cmd_classify},
    {"render", "MODÈLE DONNÉES.json [--partials DOSSIER]", "rend un modèle Mustache", cmd_render},
    {"at", "INSTANT -- COMMANDE…", "lance une commande quand l'horloge artificielle du démon atteint un instant", cmd_at},
};

#define RELAIS_VERSION "0.1"

static int help(FILE *to) {
    fputs("relais [-c CONFIGURATION] COMMANDE [--format text|json|csv] [--clock INSTANT[xVITESSE]] …\n\n", to);
    for (size_t i = 0; i < COUNT(COMMANDS); i++)
        fprintf(to, "  relais %s %s\n      %s\n", COMMANDS[i].name, COMMANDS[i].arguments, COMMANDS[i].help);
    return to == stdout ? EXIT_DONE : EXIT_REFUSED;
}

static const char *user_name(void) {
    const struct passwd *user = getpwuid(getuid());
    return text_dup(user ? user->pw_name : "inconnu");
}

/* Words before the command: -c FILE is taken here; --format and --clock, which every command takes, are moved behind
 * it. Returns the index of the command, -1 when there is none. */
static int find_command(struct app *app, int argc, char **argv) {
    int at = 1, kept = 0; /* argv[1 … kept]: words to move */
    while (at < argc && argv[at][0] == '-') {
        bool config = !strcmp(argv[at], "-c") || !strcmp(argv[at], "--config");
        bool joined = text_starts(argv[at], "--format=") || text_starts(argv[at], "--clock=");
        bool option = config || joined || !strcmp(argv[at], "--format") || !strcmp(argv[at], "--clock");
        if (!option || (!joined && at + 1 == argc)) break;
        if (config) app->config_file = argv[at + 1];
        else argv[++kept] = argv[at];
        if (!config && !joined) argv[++kept] = argv[at + 1];
        at += joined ? 1 : 2;
    }
    if (at == argc) return -1;
    char *command = argv[at];
    memmove(argv + at - kept + 1, argv + 1, (size_t)kept * sizeof *argv);
    argv[at - kept] = command;
    return at - kept;
}

/* Errors must be told in the format asked for, even those found before the command has read its options. */
static void foresee_format(struct app *app, int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--format=json") || (!strcmp(argv[i], "--format") && i + 1 < argc && !strcmp(argv[i + 1], "json")))
            app->format = APP_JSON;
}

static bool set_clock(struct app *app, struct err *err) {
    const char *given = getenv("RELAIS_CLOCK");
    app->clock = clock_real();
    if (!given || !*given) return true;
    app->clock_text = given;
    return clock_parse(&app->clock, given, err);
}

/* An MTA's pipe takes any refusal but EX_TEMPFAIL for a reason to give the message back. */
static int clock_refused(struct app *app, int argc, char **argv, const struct err *err) {
    bool piped = false;
    for (int i = 1; i < argc && !strcmp(argv[0], "inbox"); i++) piped |= !strcmp(argv[i], "--stdin");
    app_refuse(app, err);
    return piped ? EXIT_TEMPFAIL : EXIT_REFUSED;
}

static int run(struct app *app, int argc, char **argv) {
    struct err err = {0};
    foresee_format(app, argc, argv);
    int at = find_command(app, argc, argv);
    if (at < 0) return help(stderr);
    if (!set_clock(app, &err)) return clock_refused(app, argc - at, argv + at, &err);
    if (!strcmp(argv[at], "help") || !strcmp(argv[at], "--help") || !strcmp(argv[at], "-h")) return help(stdout);
    if (!strcmp(argv[at], "--version")) return puts("relais " RELAIS_VERSION) < 0 ? EXIT_REFUSED : EXIT_DONE;
    for (size_t i = 0; i < COUNT(COMMANDS); i++)
        if (!strcmp(COMMANDS[i].name, argv[at])) return COMMANDS[i].run(app, argc - at, argv + at);
    err_set(&err, ERR_INPUT, "USAGE", "commande « %s » inconnue ; voyez « relais help »", argv[at]);
    return app_refuse(app, &err);
}

/* Started with a standard descriptor closed, the next file opened would take its number, and what is printed would
 * land in the database. Opened the wrong way round, so that reading and writing fail. */
static void fill_descriptors(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) abort();
}

int main(int argc, char **argv) {
    fill_descriptors();
    setlocale(LC_CTYPE, "C.UTF-8");
    umask(umask(0) | 007); /* addresses of people: nothing this program writes is the whole machine's to read */
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error to report, not to die of */
    signal(SIGXFSZ, SIG_IGN); /* likewise a file's limit, which an MTA sets for the commands it pipes messages to */
    struct app app = {.format = APP_TEXT, .by_whom = user_name()};
    int status = run(&app, argc, argv);
    db_close(app.db);
    closures_free(app.closures);
    settings_free(app.settings);
    free((void *)(uintptr_t)app.by_whom);
    bool unwritten = ferror(stdout) || fflush(stdout);
    if (unwritten && (status == EXIT_DONE || status == EXIT_PERSON)) {
        log_last_words("la sortie n'a pu être écrite en entier");
        return EXIT_REFUSED;
    }
    return status;
}
