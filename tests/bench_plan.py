#!/usr/bin/env python3
"""Planning a wave for every collectivité, beside a plain INSERT … SELECT of as many rows by sqlite3.

Both write the same deliveries, dispatches and ledger lines into the same tables with the same indexes, in one transaction
in WAL mode with synchronous = FULL; planning also chooses each contact, signs each token and judges each department.
usage: bench_plan.py [ROUNDS]; prints both medians and their ratio. COLLECTIVITIES=N takes fewer; COPIES=27 makes each
collectivité 28, a million in all.
"""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
RELAIS, TOOL = os.path.join(BUILD, "relais"), os.path.join(BUILD, "tests", "tool_plan")
DUE = "2025-12-09T12:00:00+01:00"  # the information of 8 December, everywhere between Tahiti and Nouméa
# Columns are named: SELECT * between equal tables copies pages and inserts nothing.
DELIVERY = "wave_id, party_id, department, state, reason, not_before_ms, attempts, resends, dispatch_id, returned"
DISPATCH = "id, delivery_id, contact_id, address, message_id, token, date_ms"
EVENT = "at_ms, campaign_id, wave_id, party_id, delivery_id, dispatch_id, event, address, code, text, origin, by_whom"
COPY = """PRAGMA synchronous = FULL; ATTACH '{planned}' AS planned; BEGIN IMMEDIATE;
INSERT INTO delivery ({delivery}) SELECT {delivery} FROM planned.delivery ORDER BY id;
INSERT INTO dispatch ({dispatch}) SELECT {dispatch} FROM planned.dispatch ORDER BY id;
INSERT INTO event ({event}) SELECT {event} FROM planned.event WHERE event = 'planned' ORDER BY id;
COMMIT;"""


MULTIPLY = """CREATE TEMP TABLE copy AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies}) SELECT i FROM n;
BEGIN;
INSERT INTO contact_fact (party_kind, party_id, address, rank, import_id, line) SELECT party_kind, party_id || '-' || i, i || '.' || address, rank, import_id,
    line FROM contact_fact, copy;
INSERT INTO enrolment (campaign_id, party_id, selected, answered, objected, withdrawn) SELECT campaign_id, party_id || '-' || i, selected, answered, objected,
    withdrawn FROM enrolment, copy;
INSERT INTO collectivity (id, type, insee, siren, name, name_key, department, epci_siren, population, postcodes, year) SELECT id || '-' || i, type, '', '', name,
    name_key, department, '', population, postcodes, year FROM collectivity, copy;
COMMIT;"""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(folder):
    run(RELAIS, "init", folder)
    source = sorted(glob.glob("lists/reference/collectivites-*.csv"))[-1]
    codes = [line.split(";")[0] for line in open(source, encoding="utf-8").read().splitlines()[1:]]
    codes = codes[: int(os.environ.get("COLLECTIVITIES", len(codes)))]
    with open(os.path.join(folder, "list.csv"), "w", encoding="utf-8") as file:
        file.write("Code INSEE;SIREN;Courriel\n")
        file.writelines(f"{code};;mairie.{code.lower()}@commune.test\n" if len(code) == 5 else f";{code};mairie.{code}@commune.test\n" for code in codes)
    config = ["-c", os.path.join(folder, "relais.ini"), "--clock", "2025-12-01T09:00:00+01:00"]
    run(RELAIS, *config, "campaign", "create", "asco", "--schedule", "schedules/examples/asco-2025.ics", "--templates", "templates/fr")
    done = subprocess.run([RELAIS, *config, "import", os.path.join(folder, "list.csv"), "--campaign", "asco"], capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stderr)
    copies = int(os.environ.get("COPIES", "0"))
    run("sqlite3", os.path.join(folder, "relais.db"), MULTIPLY.format(copies=copies) if copies else "", "PRAGMA wal_checkpoint(TRUNCATE)")


def measure(folder, rounds):
    fresh, planned, copied = (os.path.join(folder, name) for name in ("relais.db", "planned.db", "copied.db"))
    ours, plain, deliveries = [], [], 0
    for _ in range(rounds):
        for path in (planned, copied):
            for more in ("", "-wal", "-shm", "-writer"):
                if os.path.exists(path + more):
                    os.remove(path + more)
            shutil.copyfile(fresh, path)
        deliveries, took_us = map(int, run(TOOL, planned, os.path.join(folder, "relais.key"), "asco", DUE).split())
        ours.append(took_us / 1e6)
        begun = time.monotonic()
        run("sqlite3", copied, COPY.format(planned=planned, delivery=DELIVERY, dispatch=DISPATCH, event=EVENT))
        plain.append(time.monotonic() - begun)
        rows = int(run("sqlite3", copied, "SELECT (SELECT COUNT(*) FROM delivery) + (SELECT COUNT(*) FROM dispatch) + (SELECT COUNT(*) FROM event WHERE event = 'planned')"))
    return statistics.median(ours), statistics.median(plain), deliveries, rows


def main():
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as folder:
        prepare(folder)
        ours, plain, deliveries, rows = measure(folder, int(sys.argv[1]) if len(sys.argv) > 1 else 5)
        print(f"planning {deliveries} deliveries ({rows} rows): {ours:.3f} s; INSERT ... SELECT of as many rows: {plain:.3f} s; ratio {ours / plain:.2f}")


main()
