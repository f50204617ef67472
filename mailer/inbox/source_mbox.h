/* An mbox file, as an MTA writes it, as a source of returned messages.
 *
 * A pass begins by taking all that is in the file: under the locks every MTA takes (fcntl, FILE.lock) it is copied to FILE.relais, synchronised,
 * and only then is FILE emptied, where it is. Nothing is renamed over FILE: an MTA that has it open and waits for the lock would write into what no longer has
 * a name. Nothing is taken out of its middle: that cannot be done so that a kill between two writes leaves it whole. The messages are then read from FILE.relais without
 * keeping any MTA waiting; it goes when each of them has been done with, and what has not stays in it for the next pass. Killed at any point, a message is
 * in FILE, in FILE.relais, or in both: it is never lost, and counted once by the store. */
#ifndef MAILER_INBOX_SOURCE_MBOX_H
#define MAILER_INBOX_SOURCE_MBOX_H

#include "mailer/inbox/source.h"

/* A file that is not there is empty: MTAs make it when the first message comes. Its folder must be there, and ours to write to. */
bool source_mbox(const char *path, struct mail_source *source, struct err *err);

#endif
