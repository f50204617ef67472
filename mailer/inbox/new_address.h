/* Where somebody asks to be written to from now on: "ma nouvelle adresse est", "cette adresse n'est plus utilisée, merci
 * d'écrire à", "please use … instead". Whoever stands in during an absence is no new address. A proposal for a person:
 * nothing acts on it by itself. */
#ifndef MAILER_INBOX_NEW_ADDRESS_H
#define MAILER_INBOX_NEW_ADDRESS_H

#include "lists/address.h"

/* Addresses beyond so many, and text beyond PHRASES_TEXT (phrases.h), are not looked at. */
enum { NEW_ADDRESSES = 40 };

/* text: UTF-8, what was written, without what it quotes; to: the To field of the message, whose addresses are ours and so
 * never new. False, and "" in out, when none is named. out: canonical (lists/address.h). */
bool new_address_find(const char *text, size_t length, const char *to, char out[ADDRESS_TEXT]);

#endif
