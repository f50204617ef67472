#!/usr/bin/env python3
"""Addresses never written to again, and one of them that is after all: `relais suppressions`. What a return, a server or a person has said can be lifted, with a reason and under a
name; what a list says stands; nothing goes out twice."""
import csv
import io
import json

from returns_bed import (METRO, SENT, SKIPPED, TUESDAY, WEDNESDAY, Bed, Dispatch, absolute, address, check, comes, events, letter, listed, quick, report, run, same,
                         settle, told, wrote)

SECOND = "secours@commune.example"


def lift(bed, *words, want=0):
    return json.loads(quick(bed, "suppressions", "lift", *words, "--format", "json", want=want).stdout)


def in_force(bed):
    return {(one["address"], one["reason"]): one for one in json.loads(quick(bed, "suppressions", "--format", "json").stdout)["suppressions"]}


def refused(bed, label, code, *words):
    tables = "suppression_fact", "enrolment_fact", "enrolment", "event", "import"
    before = [bed.rows(f"SELECT * FROM {table}") for table in tables]
    said = json.loads(quick(bed, "suppressions", "lift", *words, "--format", "json", want=2).stdout)["error"]
    same(f"refused: {label}", (said["code"], [bed.rows(f"SELECT * FROM {table}") for table in tables] == before), (code, True))


def dead():
    two, one, alive = METRO[:3]
    bed = Bed("dead", [absolute("v15", "20251215"), absolute("v16", "20251216")], {two: f"{address(two)}, {SECOND}", one: address(one), alive: address(alive)})
    bed.send()
    comes(bed, *(report(Dispatch(bed, code), "failed", "5.1.1", "550 5.1.1 User unknown") for code in (two, one)))
    bed.send()
    same("the next contact had the wave", bed.server.to().count(SECOND), 1)
    same("both are listed, with whose they are", sorted((key, one["parties"], one["import_id"]) for key, one in in_force(bed).items()),
         sorted([((address(two), "dead"), [two], None), ((address(one), "dead"), [one], None)]))
    check("why says how to lift it", f"relais suppressions lift {address(two)} --because" in told(bed, two), told(bed, two))
    refused(bed, "without a reason", "BECAUSE", address(two))
    refused(bed, "an empty reason", "BECAUSE", address(two), "--because", "  ")
    refused(bed, "an address nobody has suppressed", "NOT_SUPPRESSED", address(alive), "--because", "essai")
    refused(bed, "no address", "ADDRESS", "mairie", "--because", "essai")
    refused(bed, "a reason there is not", "USAGE", address(two), "morte", "--because", "essai")
    before = wrote(bed)
    said = lift(bed, address(two).upper(), "--because", "boîte rétablie, appel du 15")
    same("lifted", (said["address"], said["lifted"], said["stands"]), (address(two), "dead", []))
    lift(bed, address(one), "--because", "boîte rétablie")
    bed.send()
    same("nothing goes out a second time, nothing is caught up with", (wrote(bed), bed.states("v15")[two], in_force(bed)), (before, SENT, {}))
    check("why says who lifted it and why", "passait pour morte ; levé le" in told(bed, two) and "boîte rétablie, appel du 15" in told(bed, two) and
          f"On lui écrit à {address(two)}" in told(bed, two), told(bed, two))
    last = events(bed, two)[-1]
    same("the ledger too", (last["event"], last["address"], last["code"], last["text"], bool(last["by"])), ("suppression_lifted", address(two), "dead", "boîte rétablie, appel du 15", True))
    check("it is no import to be undone", "rétablie" not in quick(bed, "imports").stdout)
    lifted = bed.rows("SELECT MAX(id) FROM import WHERE kind = 'lift'")[0][0]
    same("… nor by its number", json.loads(quick(bed, "undo", str(lifted), "--format", "json", want=2).stdout)["error"]["code"], "UNKNOWN_IMPORT")
    bed.send(TUESDAY)
    same("the next wave goes to it again", wrote(bed, 3), sorted([address(two), address(one), address(alive)]))
    comes(bed, report(Dispatch(bed, one), "failed", "5.1.1", "550 5.1.1 User unknown"))
    same("a new return buries it again", list(in_force(bed)), [(address(one), "dead")])
    lift(bed, address(one), "--because", "deuxième fois")
    same("and again it is lifted", in_force(bed), {})


def objections():
    misread, settled, both, listed_too, complained = METRO[:5]
    bed = Bed("objections", [absolute("v15", "20251215"), absolute("v16", "20251216"), absolute("v17", "20251217")],
              {misread: f"{address(misread)}, {SECOND}", settled: address(settled), both: address(both), listed_too: address(listed_too), complained: address(complained)})
    bed.send()
    comes(bed, letter(Dispatch(bed, misread), "Merci de ne plus nous écrire."))
    id = comes(bed, letter(Dispatch(bed, settled), "Bonjour, voyez avec le maire."))
    settle(bed, id, "objection")
    comes(bed, letter(Dispatch(bed, listed_too), "Merci de ne plus nous écrire."))
    comes(bed, report(Dispatch(bed, both), "failed", "5.1.1", "550 5.1.1 User unknown"), letter(Dispatch(bed, both), "Merci de ne plus nous écrire."))
    with open(bed.path("refus.csv"), "w", encoding="utf-8") as file:
        file.write(f"code_insee;emails;statut\n{listed_too};{address(listed_too)};opposition\n")
    bed("import", bed.path("refus.csv"), "--campaign", "c")
    refused(bed, "an objection that is not named", "OTHER_REASON", address(misread), "--because", "erreur")
    refused(bed, "an objection without the person's word", "BECAUSE", address(misread), "objection")
    said = lift(bed, address(misread), "objection", "--because", "nous a écrit vouloir les recevoir")
    same("lifted, and its place in the campaign with it", (said["places"], said["stands"]), (1, []))
    same("a person's verdict too", lift(bed, address(settled), "objection", "--because", "réponse mal lue")["places"], 1)
    same("one of two reasons: the other stands", [one["reason"] for one in lift(bed, address(both), "--because", "boîte rétablie", want=1)["stands"]], ["objection"])
    said = lift(bed, address(listed_too), "objection", "--because", "réponse mal lue", want=1)
    same("what a list says stands", [(one["reason"], one["origin"], one["import_id"] is not None) for one in said["stands"]], [("objection", "refus.csv:2", True)])
    refused(bed, "and cannot be lifted", "BY_IMPORT", address(listed_too), "objection", "--because", "réponse mal lue")
    same("places as they now stand", dict(bed.rows("SELECT party_id, objected FROM enrolment")), {misread: 0, settled: 0, both: 1, listed_too: 1, complained: 0})
    check("why no longer takes the objection for known", "opposition enregistrée" not in told(bed, misread) and "passait pour opposée" in told(bed, misread), told(bed, misread))
    bed.send(TUESDAY)
    same("who is written to again", wrote(bed, 3), sorted([address(misread), address(settled), address(complained)]))
    same("the others are not", [bed.states("v16").get(code, SKIPPED) for code in (both, listed_too)], [SKIPPED, SKIPPED])
    bed("undo", str(said["stands"][0]["import_id"]))
    comes(bed, letter(Dispatch(bed, misread, "v16"), "Ne nous écrivez plus."))
    bed.send(WEDNESDAY)
    # Tuesday's wave may still start for whom it had passed over.
    same("the list undone, its address is; an objection said anew stands", wrote(bed, 4), sorted([address(settled), address(listed_too), address(listed_too), address(complained)]))
    same("nothing waits for staff", listed(bed), {})
    rows = list(csv.DictReader(io.StringIO(quick(bed, "suppressions", "--reason", "objection", "--format", "csv").stdout.lstrip("\ufeff")), delimiter=";"))
    same("as a table", sorted((row["Adresse"], row["Raison"]) for row in rows), sorted((address(code), "opposition") for code in (misread, both)))
    text = quick(bed, "suppressions").stdout
    check("for people", address(both) in text and "opposition" in text and "relais suppressions lift" in text, text)
    same("wrong use", [quick(bed, *words, want=2).returncode for words in (("suppressions", "lift"), ("suppressions", "lever", "a@b.example"),
                                                                          ("suppressions", "--reason", "vieille"), ("suppressions", "--because", "x"))], [2] * 4)


def two_addresses():
    """One party, two addresses that have objected: its place in the campaign stays closed until neither does."""
    party = METRO[0]
    bed = Bed("two", [absolute("v15", "20251215"), absolute("v16", "20251216")], {party: f"{address(party)}, {SECOND}"})
    bed.send()
    first = Dispatch(bed, party)
    comes(bed, report(first, "failed", "5.1.1", "550 5.1.1 User unknown"))
    bed.send()
    comes(bed, letter(first, "Merci de ne plus nous écrire."))
    comes(bed, letter(Dispatch(bed, party), "Merci de ne plus nous écrire.", sender=SECOND), clock="2025-12-15T11:00:00+01:00")
    same("both have", sorted(key for key in in_force(bed) if key[1] == "objection"), sorted([(address(party), "objection"), (SECOND, "objection")]))
    same("one lifted: the place stays closed", (lift(bed, address(party), "objection", "--because", "essai", want=1)["places"], bed.rows("SELECT objected FROM enrolment")), (0, [(1,)]))
    same("the other too: it is open", (lift(bed, SECOND, "objection", "--because", "essai")["places"], bed.rows("SELECT objected FROM enrolment")), (1, [(0,)]))


run([dead, objections, two_addresses])
