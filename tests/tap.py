"""What the story tests in Python share: TAP lines, and the program under test. Its sister is tests/lib.sh."""
import os
import sys

BUILD = os.environ.get("BUILD", "build")
RELAIS = os.path.abspath(os.path.join(BUILD, "relais"))
SANITIZED = "sanitize" in BUILD
_count = _failed = 0


def skip_unless_built():
    if not os.access(RELAIS, os.X_OK):
        skip_all(f"{RELAIS} is not built")


def check(label, good, *details):
    """details: what helps to see why, when it is not good."""
    global _count, _failed
    _count += 1
    _failed += not good
    print(f"{'' if good else 'not '}ok {_count} - {label}", flush=True)
    for detail in details if not good else ():
        print("#", str(detail)[:3000].replace("\n", "\n# "), flush=True)
    return bool(good)


def same(label, got, want):
    return check(label, got == want, f"got  {got!r}", f"want {want!r}")


def skip(label, why):
    global _count
    _count += 1
    print(f"ok {_count} - {label} # skip {why}", flush=True)


def skip_all(why):
    print(f"1..0 # skip {why}")
    sys.exit(0)


def finish():
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)
