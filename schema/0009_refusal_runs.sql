-- Refusals in a row that have not tripped a breaker yet, or have (mailer/send/breaker.h), so that a sender that starts every hour counts on.
-- kind: what is counted; domain: of 'group', the group ('' else). words stands for a reply's words, groups for the groups struck
-- ("17 18"). rest_until_ms, rests: of 'group', how long that relay is not asked for it, by the campaign's clock.
CREATE TABLE refusal_run (
    relay TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('words', 'any', 'faults', 'later', 'group')), domain TEXT NOT NULL,
    words BIGINT NOT NULL, count INTEGER NOT NULL, groups TEXT NOT NULL, rest_until_ms BIGINT NOT NULL, rests INTEGER NOT NULL,
    at_ms BIGINT NOT NULL, PRIMARY KEY (relay, kind, domain));
