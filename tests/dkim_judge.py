"""DKIM signatures judged by dkimpy, with the records that relais check tells people to publish. Not a test itself."""
import re

try:
    import dkim
    import nacl  # noqa: F401  Ed25519
except ImportError:
    dkim = None


def records(check_text):
    """SELECTOR._domainkey.DOMAIN. -> what its TXT record says, out of relais check."""
    found = {}
    for name, strings in re.findall(r"(\S+\._domainkey\.\S+) IN TXT \(((?: \"[^\"]*\")+) \)", check_text):
        found[name] = "".join(re.findall(r'"([^"]*)"', strings)).encode()
    return found


def valid(raw, published):
    """One truth for each signature of the message."""
    judge = dkim.DKIM(raw)
    count = sum(1 for name, _ in judge.headers if name.lower() == b"dkim-signature")
    answer = []
    for index in range(count):
        try:
            answer.append(dkim.DKIM(raw).verify(idx=index, dnsfunc=lambda name, timeout=5: published.get(name.decode())))
        except dkim.DKIMException as error:
            answer.append(repr(error))
    return answer
