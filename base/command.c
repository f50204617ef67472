/* posix_spawn, two pipes, waitpid without waiting. */
#include "base/command.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

extern char **environ;

struct command {
    pid_t pid; /* 0 = has been waited for */
    int out, errors; /* our ends; -1 = at its end */
    struct buf *said;
    char complaint[COMMAND_ERROR_BYTES + 1];
    size_t complaint_length;
    bool too_much;
    int64_t limit_ms, deadline_ms;
};

/* -- starting -------------------------------------------------------------------------------------------------- */
/* Cuts line, a copy, into words; words is NULL-terminated. */
static bool split(char *line, char *words[COMMAND_WORDS + 1], struct err *err) {
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (count == COMMAND_WORDS) return err_set(err, ERR_INPUT, "COMMAND", "plus de %d mots ; mettez la commande dans un fichier", COMMAND_WORDS);
        words[count++] = word;
    }
    words[count] = NULL;
    if (!count || *words[0] != '/')
        return err_set(err, ERR_INPUT, "COMMAND", "« %s » : donnez le chemin complet du programme, qui commence par « / »", count ? words[0] : "");
    return !access(words[0], X_OK) || err_errno(err, ERR_INPUT, "COMMAND", "« %s » ne peut être lancé", words[0]);
}

bool command_line_fits(const char *line, struct err *err) {
    char *words[COMMAND_WORDS + 1];
    AUTO_TEXT copy = text_dup(line);
    return split(copy, words, err);
}

/* Signals as a program expects them: we ignore SIGPIPE and may have blocked others. */
static void plain_signals(posix_spawnattr_t *attributes) {
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE), sigaddset(&usual, SIGINT), sigaddset(&usual, SIGTERM), sigaddset(&usual, SIGHUP);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &usual);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(struct command *command, char *const words[], int out, int errors) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files)) return ENOMEM;
    if (posix_spawnattr_init(&attributes)) return posix_spawn_file_actions_destroy(&files), ENOMEM;
    plain_signals(&attributes);
    int status = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!status) status = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    if (!status) status = posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    if (!status) status = posix_spawn(&command->pid, words[0], &files, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return status;
}

struct command *command_start(const char *line, int64_t limit_ms, struct buf *out, struct err *err) {
    char *words[COMMAND_WORDS + 1];
    int said[2] = {-1, -1}, errors[2] = {-1, -1};
    AUTO_TEXT copy = text_dup(line);
    if (!split(copy, words, err)) return NULL;
    AUTO(command) command = mem_new(1, sizeof *command);
    *command = (struct command){.out = -1, .errors = -1, .said = out, .limit_ms = limit_ms, .deadline_ms = monotonic_ms() + limit_ms};
    int status = pipe2(said, O_CLOEXEC) || pipe2(errors, O_CLOEXEC) ? errno : spawn(command, words, said[1], errors[1]);
    command->out = said[0], command->errors = errors[0];
    if (said[1] >= 0) close(said[1]);
    if (errors[1] >= 0) close(errors[1]);
    if (status) {
        command->pid = 0;
        errno = status;
        err_errno(err, ERR_RETRY, "COMMAND", "« %s » ne peut être lancé", words[0]);
        return NULL;
    }
    fcntl(command->out, F_SETFL, O_NONBLOCK);
    fcntl(command->errors, F_SETFL, O_NONBLOCK);
    struct command *started = command;
    command = NULL;
    return started;
}

/* -- listening --------------------------------------------------------------------------------------------------- */
static void end_of(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void hear_output(struct command *command) {
    struct buf *said = command->said;
    while (command->out >= 0) {
        char more;
        size_t room = said->ceiling - said->length;
        char *at = room ? buf_reserve(said, room) : NULL;
        ssize_t got = at ? read(command->out, at, room) : read(command->out, &more, 1);
        if (got > 0 && at) buf_wrote(said, at + got);
        else if (got > 0) command->too_much = true, end_of(&command->out);
        else if (got == 0 || errno != EAGAIN) end_of(&command->out);
        else return;
    }
}

static void hear_complaint(struct command *command) {
    char piece[512];
    ssize_t got;
    while (command->errors >= 0 && (got = read(command->errors, piece, sizeof piece)) >= 0) {
        if (!got) return end_of(&command->errors);
        size_t room = COMMAND_ERROR_BYTES - command->complaint_length, taken = (size_t)got < room ? (size_t)got : room;
        memcpy(command->complaint + command->complaint_length, piece, taken);
        command->complaint_length += taken;
    }
}

static enum command_state judge_end(struct command *command, int status, struct err *err) {
    hear_output(command);
    hear_complaint(command);
    if (command->too_much)
        err_set(err, ERR_RETRY, "COMMAND", "la commande écrit plus de %zu octets", command->said->ceiling);
    else if (WIFSIGNALED(status))
        err_set(err, ERR_RETRY, "COMMAND", "la commande est arrêtée par le signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status)) {
        while (command->complaint_length && isspace((unsigned char)command->complaint[command->complaint_length - 1]))
            command->complaint[--command->complaint_length] = '\0';
        err_set(err, ERR_RETRY, "COMMAND", "la commande se termine par le code %d%s%s%s", WEXITSTATUS(status),
                command->complaint_length ? " : « " : "", command->complaint, command->complaint_length ? " »" : "");
        err_printable(err);
    } else return COMMAND_DONE;
    return COMMAND_FAILED;
}

enum command_state command_step(struct command *command, struct err *err) {
    int status = 0;
    hear_output(command);
    hear_complaint(command);
    pid_t ended = command->pid ? waitpid(command->pid, &status, WNOHANG) : -1;
    if (!ended && !command->too_much && monotonic_ms() < command->deadline_ms) return COMMAND_RUNS;
    if (ended == command->pid) return command->pid = 0, judge_end(command, status, err);
    if (command->too_much) return judge_end(command, 0, err);
    if (ended < 0) return err_errno(err, ERR_RETRY, "COMMAND", "la fin de la commande n'est pas connue"), COMMAND_FAILED;
    err_set(err, ERR_RETRY, "COMMAND", "la commande n'a pas fini en %lld s", (long long)(command->limit_ms / 1000));
    return COMMAND_FAILED;
}

void command_close(struct command *command) {
    if (!command) return;
    if (command->pid > 0) {
        kill(-command->pid, SIGKILL);
        while (waitpid(command->pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    end_of(&command->out);
    end_of(&command->errors);
    explicit_bzero(command->complaint, sizeof command->complaint);
    free(command);
}
