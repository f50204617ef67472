/* A program of the user's, run beside our own work: no shell, no standard input, bounded output, bounded time. */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include "base/buf.h"
#include "base/err.h"

enum { COMMAND_WORDS = 32, COMMAND_ERROR_BYTES = 400 };

struct command;
/* line: words separated by blanks, nothing quoted; the first is the program's path, which begins with « / ». Starts it in a
 * process group of its own. out gets what it says, up to its ceiling, and must have its room already when it is secret; it
 * is borrowed until command_close. ERR_INPUT COMMAND: no such program, too many words. */
struct command *command_start(const char *line, int64_t limit_ms, struct buf *out, struct err *err);
bool command_line_fits(const char *line, struct err *err); /* the same judgement, nothing is run */

enum command_state { COMMAND_RUNS, COMMAND_DONE, COMMAND_FAILED };
/* Never waits. COMMAND_FAILED fills err (ERR_RETRY COMMAND): exit code with the first COMMAND_ERROR_BYTES of its standard
 * error, a signal, too slow, too much said. What it wrote to standard output is never quoted. */
enum command_state command_step(struct command *command, struct err *err);
void command_close(struct command *command);   /* one still running is killed with its group; NULL is fine */
AUTO_CLOSE(command, command_close)

#endif
