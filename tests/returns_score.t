#!/usr/bin/env python3
"""The classifier on the labelled corpus that lies beside the project, when it does: what must not get worse (evaluate.py --real), and that
line endings make no difference."""
import collections
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "..", "shared", "bounces")
BUILD = os.environ.get("BUILD", "build")
RELAIS = os.path.join(BUILD, "relais")
TOOL = os.path.join(BUILD, "tests", "tool_returns")
# What evaluate.py counts, as (numerator, denominators), and the least it must be, in per cent. Of the dead addresses, what is missing and
# what is too much contradicts our rules (docs/verdicts.md): 4yz and 5.7.z never, "no such user here" always.
FLOORS = [("kind, lenient", "k_len", ("n",), 99.8), ("bounces recognised", "b_tp", ("b_tp", "b_fn"), 99.8),
          ("recipients found", "r_hit", ("r_exp",), 99), ("recipients right", "r_good", ("r_got",), 99.4),
          ("status", "s_ok", ("s_n",), 99.4), ("dead addresses right", "d_tp", ("d_tp", "d_fp"), 95.5),
          ("dead addresses found", "d_tp", ("d_tp", "d_fn"), 94.5), ("original Message-ID", "m_ok", ("m_n",), 99.4)]

if not os.path.exists(os.path.join(CORPUS, "labels.jsonl")):
    print("1..0 # skip no labelled corpus beside the project")
    sys.exit(0)
if not os.access(RELAIS, os.X_OK):
    print(f"1..0 # skip {RELAIS} is not built")
    sys.exit(0)
sys.path.insert(0, CORPUS)
sys.dont_write_bytecode = True
from evaluate import score  # noqa: E402

files = sorted(glob.glob(os.path.join(CORPUS, "eml", "*.eml")))
lines = subprocess.run([RELAIS, "classify", *files], capture_output=True, check=False, timeout=300).stdout.splitlines()
predictions = {os.path.basename(p["file"])[:-4]: p for p in map(json.loads, lines)}
with open(os.path.join(CORPUS, "labels.jsonl"), encoding="utf-8") as file:
    labels = [row for row in map(json.loads, file)]
real = [row for row in labels if not row["wrapped"] and not row["synthetic"]]
figures, _, errors, _ = score(real, predictions)
bad = 0
results = [(f"{label} at least {floor} %", 100 * figures[top] / max(1, sum(figures[k] for k in below)), floor) for label, top, below, floor in FLOORS]
replies = score([row for row in labels if row["reply_text"] is not None], predictions)[0]
results.append(("visible reply text at least 75 %", 100 * replies["t_ok"] / max(1, replies["t_n"]), 75))
for number, (label, got, floor) in enumerate(results, 1):
    good = got >= floor
    bad += not good
    print(f"{'' if good else 'not '}ok {number} - {label}\n# {got:.1f}")
good = figures["b_fp"] <= 1
bad += not good
print(f"{'' if good else 'not '}ok {len(results) + 1} - at most one false bounce\n# {figures['b_fp']}")
unread = collections.Counter(p["kind"] for p in predictions.values())["unread"]
good = unread == 0 and len(predictions) == len(files)
bad += not good
print(f"{'' if good else 'not '}ok {len(results) + 2} - every message is read")
count = len(results) + 2
if os.access(TOOL, os.X_OK):
    read = {ends: subprocess.run([TOOL, "--ends", ends, *files], capture_output=True, check=False, timeout=300).stdout.splitlines() for ends in ("lf", "crlf", "cr")}
    for ends in ("crlf", "cr"):
        differing = [a.split(b"\t")[0].decode() for a, b in zip(read["lf"], read[ends]) if a != b]
        good = len(read["lf"]) == len(read[ends]) == len(files) and not differing
        bad += not good
        count += 1
        print(f"{'' if good else 'not '}ok {count} - {ends.upper()} at the end of every line makes no difference")
        for file in differing[:10]:
            print("#", file)
for error in errors:
    print("#", *error)
print(f"1..{count}")
sys.exit(bad > 0)
