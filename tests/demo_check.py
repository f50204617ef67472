#!/usr/bin/env python3
"""Judges the demo from outside: demo_check.py DATABASE ACCEPTED.jsonl REPORT.json

Set arithmetic between what the far mail servers took (their own record) and what the database says. One French line a
check, exit 1 when one does not hold.
"""
import collections
import json
import sqlite3
import sys

SENT, IN_DOUBT = 4, 7
# Refused beyond the smarthost: sent as far as anybody could know, and then returned.
REFUSED_LATER = "@rejet-tardif.test"
# What the scripted server (tests/smtp_server.py) answers; far_world.py writes its answers into the record itself.
ANSWER_OF = {"absence.test": "absence", "rejet-tardif-brut.test": "rejet-brut", "rejet-tardif.test": "rejet-brut",
             "plainte.test": "plainte"}
KIND_OF = {"absence": "autoreply", "rejet-brut": "hard", "plainte": "complaint", "merci": "reply", "deja-repondu": "reply",
           "question": "reply", "opposition": "unsubscribe"}


def figure(number):
    return f"{number:,}".replace(",", "\u202f")


def main():
    database, record, report_file = sys.argv[1:4]
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with open(record, encoding="utf-8") as file:
        accepted = [json.loads(line) for line in file]
    with open(report_file, encoding="utf-8") as file:
        report = json.load(file)
    doubted = {row[0] for row in db.execute("SELECT delivery_id FROM event WHERE event = 'in_doubt'")}
    dispatches = {row[0]: row[1:] for row in db.execute(
        "SELECT p.message_id, p.address, d.id, d.state, d.wave_id, d.party_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id")}
    holds = []

    def hold(good, text):
        holds.append(good)
        print(f"   {'✓' if good else '✗'} {text}")

    strangers = [one for one in accepted if one["message_id"] not in dispatches]
    hold(not strangers, f"les {figure(len(accepted))} messages reçus au loin sont tous connus de la base")

    copies = collections.Counter(dispatches[one["message_id"]][1:5] for one in accepted if one["message_id"] in dispatches)
    doubled = sum(count - 1 for delivery, count in copies.items() if delivery[0] not in doubted)
    hold(doubled == 0, f"aucune collectivité n'a reçu deux fois la même vague ({figure(doubled)} en double)"
         + (f" ; {figure(len(doubted))} envois furent en doute, et sont montrés ainsi" if doubted else ""))

    reached = {dispatches[one["message_id"]][1] for one in accepted if one["message_id"] in dispatches}
    states = dict(db.execute("SELECT id, state FROM delivery"))
    unmarked = [one for one in reached if states[one] not in (SENT, IN_DOUBT)]
    hold(not unmarked, f"tout message reçu est compté envoyé ({figure(len(unmarked))} oublié)")

    late = {row[1] for row in dispatches.values() if row[0].endswith(REFUSED_LATER)}
    lost = [one for one, state in states.items() if state == SENT and one not in reached and one not in late]
    hold(not lost, f"tout envoi compté est arrivé, ou revenu ({figure(len(lost))} perdu)")

    wrong = [wave["wave"] for wave in report["waves"]
             if wave["planned"] != wave["pending"] + wave["sent"] + wave["failed"] + wave["skipped"] + wave["in_doubt"]]
    hold(not wrong, "prévus = à envoyer + envoyés + en échec + écartés + en doute, pour chaque vague")
    unfinished = [wave["wave"] for wave in report["waves"] if wave["pending"] or not wave["sent"]]
    hold(not unfinished, f"les {len(report['waves'])} vagues sont parties, rien n'attend plus"
         + (f" (sauf : {', '.join(unfinished)})" if unfinished else ""))

    nagged, = db.execute(
        "SELECT COUNT(*) FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
        "JOIN enrolment e ON e.campaign_id = w.campaign_id AND e.party_id = d.party_id "
        "WHERE w.audience = 'selected-unanswered' AND p.armed_ms IS NOT NULL AND e.answered_ms < p.armed_ms").fetchone()
    hold(nagged == 0, f"personne n'a été relancé après avoir répondu ({figure(nagged)})")

    answers = [one["answer"] if "answer" in one else ANSWER_OF.get(one["rcpt"].rpartition("@")[2]) for one in accepted]
    said = collections.Counter(KIND_OF[answer] for answer in answers if answer)
    read = collections.Counter(dict(db.execute("SELECT kind, COUNT(*) FROM inbound GROUP BY kind")))
    said["hard"] += sum(1 for delivery in late - reached if states[delivery] == SENT)
    hold(sum(said.values()) == sum(read.values()),
         f"tout ce que le monde a renvoyé a été lu : {figure(sum(said.values()))} renvoyés, {figure(sum(read.values()))} lus")
    astray = {kind: (said[kind], read[kind]) for kind in set(said) | set(read) if said[kind] != read[kind]}
    hold(not astray, "et compris pour ce que c'est" + "".join(
        f" ; {kind} : {want} renvoyés, {got} lus" for kind, (want, got) in sorted(astray.items())))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
