#!/usr/bin/env python3
"""Relays that are up and no good: they put everybody off, lose every line, refuse one provider, or refuse everybody in ever other
words. The others take over, and nobody is charged or burnt for it."""
from scripted_server import Server
from send_bed import Bed, DEFERRED, FAILED, METRO, READY, SENT, absolute, check, run, same, scripted

VAGUE = [absolute("vague", "20251215")]


def distinct(count):
    return {code: f"mairie@m{i}.example" for i, code in enumerate(METRO[:count])}


def two(name, people, rules, mine="", others=""):
    """[smtp] takes everything; [smtp.zwei] answers by the rules."""
    bed = Bed(name, VAGUE, people, smtp=mine)
    other = Server(bed.path("zwei"), *scripted(rules))
    bed.configure(f"[smtp.zwei]\nurl = smtp://127.0.0.1:{other.port}\nstarttls = off\nconnections = 4\n{others}")
    return bed, other


def states(bed):
    return bed.rows("SELECT state, COUNT(*) FROM delivery GROUP BY 1")


def charged(bed):
    return bed.rows("SELECT COUNT(*) FROM delivery WHERE state = ?", DEFERRED)[0][0]


def puts_off():
    for name, rules, kind in (("put-off", "RCPT /./ 451 4.3.0 Temporary failure", "says later to every recipient"),
                              ("lost", "RCPT /./ drop", "drops every line"), ("dot", "DOT /./ 451 4.3.0 Queue file write error", "says later to every dot")):
        bed, _ = two(name, distinct(200), rules, mine="weight = 9", others="weight = 1")
        done = bed.send()
        check(f"a relay that {kind}: nine are charged, not all", charged(bed) <= 9, states(bed))
        same("one alert", done.stderr.count("relay smtp.zwei put off or lost 10 in a row"), 1)
        bed.send("2025-12-15T10:45:00+01:00")
        same("all of it through the other one, once", (len(bed.server.accepted()), states(bed)), (200, [(SENT, 200)]))


def other_relay_next():
    """Nine put off by a relay that is not left for it: their next try goes through the other one."""
    bed, other = two("next", distinct(40), "RCPT /m1?\\d\\./ 451 4.3.0 Temporary failure", others="weight = 1\nbreaker = 100")
    bed.send()
    put_off = bed.rows("SELECT COUNT(*) FROM delivery WHERE state = ?", DEFERRED)[0][0]
    check("some are put off by it", put_off > 0, states(bed))
    had = len(other.accepted())
    bed.send("2025-12-15T10:45:00+01:00")
    same("then sent by the other", (states(bed), len(other.accepted())), ([(SENT, 40)], had))
    same("which is on record", bed.rows("SELECT DISTINCT p.relay FROM dispatch p JOIN delivery d ON d.dispatch_id = p.id WHERE d.attempts = 2"), [("smtp",)])


def one_refuses_a_provider():
    people = {code: f"mairie{i}@orange.fr" for i, code in enumerate(METRO[:60])}
    bed, other = two("provider", people, "RCPT /./ 550 5.7.1 Service refused, bad reputation of this relay", others="weight = 1")
    bed.configure("[domains]\norange = orange.fr, wanadoo.fr, connections 5, rate 100000")
    done = bed.send()
    same("all through the other one at once, nobody charged", bed.rows("SELECT state, COUNT(*), MAX(attempts) FROM delivery GROUP BY 1"), [(SENT, 60, 1)])
    same("each once", sorted(bed.server.to()), sorted(people.values()))
    same("one alert", done.stderr.count("domain orange refuses us through relay smtp.zwei: 10 in a row"), 1)


def changing_words():
    """Front ends that each have words of their own: no two refusals in a row are alike."""
    names = ("paris", "lyon", "brest", "lille")
    rules = "\n".join(f"DOT /@m\\d*[{digits}]\\./ 550 5.7.1 Message rejected by policy, {name}"
                      for digits, name in zip(("048", "159", "26", "37"), names))
    bed = Bed("words", VAGUE, distinct(60), server=scripted(rules))
    done = bed("send", "--until-idle", want=(1, 2))
    same("nobody is burnt", states(bed), [(READY, 60)])
    same("one alert", done.stderr.count("relay smtp refused 20 in a row, in changing words"), 1)


def not_verified():
    """Everybody refused for what is neither policy nor theirs."""
    bed = Bed("verified", VAGUE, distinct(40), server=scripted("DOT /./ 554 Message rejected: Email address is not verified. The following "
              "identities failed the check in region EU-WEST-3: relais@amf.example"))
    bed("send", "--until-idle", want=(1, 2))
    same("nobody is burnt", states(bed), [(READY, 40)])


def nothing_behind_data():
    """Everybody refused at DATA by one of two relays, which has taken each recipient."""
    for name, rules in (("data", "DATA /./ 554 Transaction failed"), ("data-code", "DATA /./ 550 5.3.0 Internal error"), ("taken", "RCPT /./ 250 Ok")):
        bed, other = two(name, distinct(60), rules)
        done = bed.send(want=(0, 1, 2))
        same("nobody is burnt, the other relay takes them", (states(bed), len(bed.server.accepted()), len(other.accepted())), ([(SENT, 60)], 60, 0))
        same("one alert", done.stderr.count("relay smtp.zwei refused 10 in a row with the same words"), 1)


def every_day():
    """A sender that is started once a day, nine messages each: too few for the breaker, were each the first."""
    bed = Bed("every-day", VAGUE, distinct(40), smtp="messages_a_day = 9", server=scripted("DOT x40 /./ 550 5.7.1 Refused by policy"))
    bed.configure("[log]\nlevel = warning")
    said = [bed("send", "--until-idle", want=(0, 1, 2)).stderr]
    same("the first day's nine wait", states(bed), [(READY, 31), (DEFERRED, 9)])
    check("and the log says what was refused", "relay smtp: 9 refusals that may be about us; 9 in a row" in said[0] and "Refused by policy" in said[0], said[0])
    same("counted", bed.rows("SELECT kind, count FROM refusal_run WHERE kind <> 'group' ORDER BY 1"), [("any", 9), ("words", 9)])
    for day in (16, 17, 18, 19):
        said.append(bed.send(f"2025-12-{day}T10:00:00+01:00", want=(0, 1, 2)).stderr)
    same("the tenth, of the next day, trips it", said[1].count("relay smtp refused 10 in a row with the same words"), 1)
    same("nobody is ever burnt", bed.rows("SELECT COUNT(*) FROM delivery WHERE state = 5"), [(0,)])
    check("one message a day tries it from then on", len(bed.server.accepted()) == 0 and all("refused" in one for one in said[2:]), said[2:])


def believed_next_time():
    """One refusal, the last thing that happened: it waits; the relay takes others, refuses it again, and it fails."""
    people = {code: f"m{i}@m{i}.example" for i, code in enumerate(METRO[:6])}
    bed = Bed("next-time", VAGUE, people, server=scripted("RCPT /m3\\.example/ 550 5.7.1 No bulk mail here\nRCPT x5 /./ 451 4.3.0 Later"))
    bed.send()
    same("nothing was taken: it waits", states(bed), [(DEFERRED, 6)])
    bed.send("2025-12-15T10:45:00+01:00")
    same("the others were: it was its own", states(bed), [(SENT, 5), (FAILED, 1)])


def always_too_much():
    """One recipient for whom the relay always says that it is too much: he is tried again by the times of any other, and given up."""
    bed = Bed("too-much", VAGUE, distinct(30), server=scripted("RCPT /@m7\\./ 450 4.7.0 Too many connections from your host"))
    bed.configure("[smtp]\ngive_up_after = 4h")
    bed.send(want=(0, 1, 2))
    same("three times for nothing", bed.rows("SELECT state, attempts, COUNT(*) FROM delivery GROUP BY 1, 2 ORDER BY 1"), [(READY, 0, 1), (SENT, 1, 29)])
    bed.send("2025-12-15T10:05:00+01:00", want=(0, 1, 2))
    same("then charged, also by the next process", bed.rows("SELECT state, attempts, COUNT(*) FROM delivery GROUP BY 1, 2 ORDER BY 1"), [(DEFERRED, 1, 1), (SENT, 1, 29)])
    for time in ("10:40", "10:50", "11:15", "12:15", "14:00", "14:35", "15:10", "15:45", "16:20", "16:55", "17:25"):
        bed.send(f"2025-12-15T{time}:00+01:00", want=(0, 1, 2))
    same("given up when its time is over", bed.rows("SELECT state, reason, COUNT(*) FROM delivery GROUP BY 1, 2 ORDER BY 1"), [(SENT, "", 29), (FAILED, "gave-up", 1)])


run([always_too_much, every_day, believed_next_time, not_verified, nothing_behind_data, changing_words, one_refuses_a_provider, puts_off, other_relay_next])
