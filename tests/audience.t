#!/usr/bin/env python3
"""Who is written to, whatever happens meanwhile. First by hand: who is selected late. Then by chance: selections, answers, objections,
withdrawals, undone imports and moved deadlines in random order over random clocks, judged by a model of a few lines. Never a
reminder to one that is not selected, or has answered or objected, at that instant; never two of one wave; planned always adds up;
nobody who is owed the invitation is forgotten.   SEEDS=30 for a long run, SEED=7 for one."""
import datetime
import json
import os
import random

import plan_bed as bed_module
from plan_bed import CANCELLED, SENT, Bed, absolute, address, calendar, check, relative, same, story

ALL, NAMES = bed_module.communes()
CODES = ALL["29"][:8] + ALL["974"][:2] + ALL["57"][:2]
DEPARTMENT = {code: department for department in ("29", "974", "57") for code in ALL[department]}
WAVES = [absolute("information", "20251208"), absolute("invitation", "20251215", "selected", "invitation.md"), relative("rappel-j14", 14, "rappel-j14.md"),
         relative("rappel-j7", 7), relative("rappel-j2", 2, "rappel-j2.md"), relative("dernier-jour", 0, "dernier-jour.md"),
         absolute("merci", "20260122", "answered", "remerciements.md")]
HOLIDAYS = {"2025-12-25", "2026-01-01"}


def rows_of(bed, wave):
    return bed.rows("SELECT d.party_id, d.state, d.reason FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE w.name = ? ORDER BY d.id", wave)


def status_list(bed, codes, name):
    return bed.write(name, "code_insee;statut\n" + "".join(f"{code};selectionnee\n" for code in codes))


def late():
    bed = Bed("late", calendar(WAVES[1:5], uid="late"), "2025-12-12T10:00:00+01:00", NAMES)
    bed.people(CODES, "informee")
    bed("import", status_list(bed, CODES[:4], "a.csv"), "--campaign", "c")
    bed("start", "c", "--yes")
    bed.send("2025-12-15T10:00:00+01:00")
    bed.send("2025-12-16T10:00:00+01:00")
    same("the invitation is done", (len(bed.sent()), bed.rows("SELECT state FROM wave WHERE name = 'invitation'")), (4, [("done",)]))
    bed("import", status_list(bed, CODES[4:6], "b.csv"), "--campaign", "c")
    bed("answered", "c", CODES[5])
    bed.send("2025-12-16T20:00:00+01:00")
    same("selected late: the invitation is planned, for the next opening", rows_of(bed, "invitation")[4:], [(CODES[4], 0, "")])
    bed.send("2025-12-17T10:00:00+01:00")
    same("… and goes out, once; who has answered needs none", [one[:2] for one in bed.sent()[4:]], [("invitation", CODES[4])])
    bed.send("2025-12-18T10:00:00+01:00")
    same("… and never again", len(bed.sent()), 5)
    bed.send("2026-01-09T10:00:00+01:00")
    same("it gets the waves still to come", sorted(one[1] for one in bed.sent() if one[0] == "rappel-j14"), sorted(CODES[:5]))
    bed.send("2026-01-10T10:00:00+01:00")
    bed("import", status_list(bed, [CODES[6]], "c.csv"), "--campaign", "c")
    bed.send("2026-01-12T14:00:00+01:00")
    same("selected after a reminder has gone: the invitation, and not that reminder", [one[:2] for one in bed.sent()[10:]], [("invitation", CODES[6])])
    # A list undone in the night between planning and sending, and imported again: nobody loses the wave by it.
    wrong = json.loads(bed.people(CODES[7:8], name="d.csv").stdout)["import_id"]
    bed.send("2026-01-16T07:00:00+01:00")
    bed("wave", "add", "c", "nuit", "--at", "2026-01-16 08:30", "--audience", "selected", "--template", "rappel-j7.md")
    bed("start", "c", "--yes")
    bed.send("2026-01-16T08:29:00+01:00")
    bed.server.process.terminate()
    bed.server.process.wait()
    bed.send("2026-01-16T08:30:00+01:00", want=(2,))
    bed("undo", str(wrong), want=(0, 1))
    bed.server = bed_module.Server(bed.path("serveur-2"))
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}")
    bed.send("2026-01-16T08:40:00+01:00")
    same("undone: skipped", [one[2] for one in rows_of(bed, "nuit") if one[0] == CODES[7]], ["not-selected"])
    bed.people(CODES[7:8], name="e.csv")
    bed.send("2026-01-16T08:50:00+01:00")
    same("imported again within the wave's time: planned anew and sent", [one[1:] for one in rows_of(bed, "nuit") if one[0] == CODES[7]],
         [(CANCELLED, "rejoined"), (SENT, "")])
    same("every wave adds up", bed.adds_up(), [])


class Model:
    """The facts in the order they were learnt; those of an undone import do not count."""

    def __init__(self):
        self.facts, self.undone = [], set()

    def learn(self, codes, fact, source=None):
        self.facts += [(code, fact, source) for code in codes]

    def state(self, code):
        place = dict(enrolled=False, selected=False, answered=False, objected=False, withdrawn=False)
        for party, fact, source in self.facts:
            if party != code or source in self.undone:
                continue
            place["enrolled"] = True
            place[{"unanswered": "answered", "informed": "enrolled"}.get(fact, fact)] = fact != "unanswered"
        return place

    def may_get(self, code, audience):
        place = self.state(code)
        if not place["enrolled"] or place["objected"] or place["withdrawn"]:
            return False
        return {"informed": True, "selected": place["selected"], "selected-unanswered": place["selected"] and not place["answered"],
                "answered": place["answered"]}[audience]


class Chance:
    """One campaign, one random life."""

    def __init__(self, seed):
        self.random, self.seed, self.model, self.imports, self.number = random.Random(seed), seed, Model(), [], 0
        self.now = datetime.datetime(2025, 12, 7, 9, tzinfo=datetime.timezone.utc)
        self.bed = Bed(f"chance-{seed}", calendar(WAVES, uid="chance"), self.clock(), NAMES)
        self.seen, self.got, self.paused, self.log, self.faults = 0, {}, False, [], []
        self.learn_from(self.bed.people(CODES, "informee"), CODES, "informed", undoable=False)
        self.bed("start", "c", "--yes")

    def clock(self):
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def some(self):
        return self.random.sample(CODES, self.random.randrange(1, 5))

    def learn_from(self, done, codes, fact, undoable=True):
        said = json.loads(done.stdout)
        self.model.learn(codes, fact, said["import_id"])
        if undoable:
            self.imports.append(said["import_id"])

    def import_as(self, kind, fact):
        codes, self.number = self.some(), self.number + 1
        path = self.bed.write(f"liste-{self.number}.csv", "code_insee;nom\n" + "".join(f"{code};\"{NAMES[code]}\"\n" for code in codes))
        self.learn_from(self.bed("import", path, "--campaign", "c", "--as", kind, "--format", "json"), codes, fact)
        return codes

    def by_hand(self, command, fact):
        codes = self.some()
        if self.bed(command, "c", *codes, want=(0, 1, 2)).returncode != 2: # all, or none
            self.model.learn(codes, fact)
            return codes
        return "refused"

    def select(self):
        return self.import_as("selected", "selected")

    def answer_list(self):
        return self.import_as("answered", "answered")

    def object(self):
        return self.import_as("objected", "objected")

    def answer(self):
        return self.by_hand("answered", "answered")

    def unanswer(self):
        return self.by_hand("unanswered", "unanswered")

    def withdraw(self):
        return self.by_hand("withdraw", "withdrawn") if self.random.random() < 0.3 else None

    def undo(self):
        if not self.imports:
            return None
        one = self.imports.pop(self.random.randrange(len(self.imports)))
        self.bed("undo", str(one), want=(0, 1))
        self.model.undone.add(one)
        return one

    def extend(self):
        day = (self.now + datetime.timedelta(days=self.random.randrange(3, 40))).strftime("%Y-%m-%d")
        words = ["--announce"] if self.random.random() < 0.5 else []
        return day, words, self.bed("extend", "c", day, *words, want=(0, 2)).returncode

    def add_wave(self):
        self.number += 1
        done = self.bed("wave", "add", "c", f"ajout-{self.number}", "--before", str(self.random.randrange(0, 20)), "--audience", "selected-unanswered",
                        "--template", "rappel-j7.md", want=(0, 2))
        if not done.returncode and not self.paused:
            self.bed("start", "c", "--yes", want=(0, 2))
        return done.returncode

    def pause(self):
        if not self.paused and self.random.random() < 0.6:
            return None
        self.bed("resume" if self.paused else "pause", "c")
        self.paused = not self.paused
        if not self.paused:
            self.bed("start", "c", "--yes", want=(0, 2))
        return self.paused

    def pass_time(self):
        """A moment, half a day and any hour, or (mostly) an office hour of one of the next days."""
        kind = self.random.random()
        if kind < 0.25:
            self.now += datetime.timedelta(minutes=self.random.choice([0, 7, 90]))
        elif kind < 0.35:
            self.now += datetime.timedelta(minutes=self.random.randrange(600, 900))
        else:
            day = self.now.date() + datetime.timedelta(days=self.random.choice([1, 1, 1, 2, 3]))
            self.now = datetime.datetime(day.year, day.month, day.day, self.random.randrange(8, 16), self.random.randrange(60), tzinfo=datetime.timezone.utc)

    def step(self):
        act = self.pause if self.paused and self.random.random() < 0.5 else self.random.choice([self.select] * 5 + [self.answer, self.answer_list, self.object, self.unanswer, self.withdraw, self.undo, self.undo, self.extend,
                                                      self.add_wave, self.pause])
        self.log.append((self.clock(), act.__name__, act()))
        self.pass_time()
        self.bed.send(self.clock())
        self.judge()

    def judge(self):
        accepted = self.bed.server.accepted()
        for one in accepted[self.seen:]:
            wave, audience, code = self.bed.rows("SELECT w.name, w.audience, d.party_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id "
                                                 "JOIN wave w ON w.id = d.wave_id WHERE p.message_id = ?", one["message_id"])[0]
            if not self.model.may_get(code, audience):
                self.faults.append(("not to be written to", wave, code, self.clock(), self.model.state(code)))
            if (wave, code) in self.got or one["rcpt"] != address(code):
                self.faults.append(("twice", wave, code, self.clock(), one["rcpt"]))
            self.got[wave, code] = self.clock()
        self.seen = len(accepted)
        self.faults += [("does not add up", *one) for one in self.bed.adds_up()]
        self.judge_invitations()

    def judge_invitations(self):
        """In a Breton office hour, with the campaign running, nobody selected waits for the invitation that others have had."""
        local = self.now + datetime.timedelta(hours=1)
        due = self.bed.rows("SELECT c.deadline, w.frozen_ms, g.planned_ms FROM campaign c JOIN wave w ON w.campaign_id = c.id AND w.name = 'invitation' "
                            "JOIN wave_group g ON g.wave_id = w.id AND g.department = '29'")[0]
        open_ = local.weekday() < 5 and 9 <= local.hour < 17 and str(local.date()) not in HOLIDAYS and str(local.date()) <= due[0]
        if self.paused or not open_ or due[1] is None or due[2] is None:
            return
        for code in CODES[:8]:
            if self.model.may_get(code, "selected-unanswered") and ("invitation", code) not in self.got:
                self.faults.append(("no invitation", code, self.clock(), [one for one in rows_of(self.bed, "invitation") if one[0] == code]))


def chance():
    one, mails = os.environ.get("SEED"), 0
    for seed in [int(one)] if one else range(1, int(os.environ.get("SEEDS", "3")) + 1):
        life = Chance(seed)
        for _ in range(40):
            life.step()
            if life.faults:
                break
        check(f"seed {seed}: {len(life.got)} mails, every one as it should be", not life.faults, life.faults[:3], *life.log[-12:])
        life.bed.server.process.kill()
        mails += len(life.got)
    check("and mails there were", mails > 20 or one, mails)


story(late, chance)
