#!/usr/bin/env python3
"""Compares the JSON of `relais import` (standard input) with an .expected.json: prints every difference, exits 1 when there is one.
usage: import_expected.py FILE.expected.json < ANSWER"""
import json
import sys


def warning(one):
    return {"code": one["code"], **{key: one[key] for key in ("lines", "ids", "emails") if key in one}}


def comparable(answer, reason_key):
    if answer["refused"]:
        return {"refused": True, "reason": answer["reason"]}
    return {"format": answer["format"], "refused": False, "rows": answer["rows"], "lines_count": answer["lines_count"],
            "lines_sha256": answer["lines_sha256"], "response_dates": answer["response_dates"],
            "rejected": [(one["line"], one["reason"]) for one in answer["rejected"]],
            "ignored": [(one["line"], one[reason_key]) for one in answer["ignored"]],
            "warnings": [warning(one) for one in answer["warnings"]], "lines": answer.get("lines", [])}


with open(sys.argv[1], encoding="utf-8") as file:
    expected = json.load(file)
got = json.load(sys.stdin)
if "lines" not in expected:
    got.pop("lines", None)
got, want = comparable(got, "reason"), comparable(expected, "why")
wrong = [key for key in want if got.get(key) != want[key]]
for key in wrong:
    print(f"{key}: got {str(got.get(key))[:600]}\n{key}: want {str(want[key])[:600]}")
sys.exit(bool(wrong))
