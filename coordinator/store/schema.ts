/** The tables. A round is its journal: what `round` says of its end is what a replay of its events gives. */

/** Raised with every change of `schema`, together with a migration. */
export const schemaVersion = 1;

export const schema = `
  CREATE TABLE token (
    secret_hash BLOB PRIMARY KEY,
    site TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    request_hash BLOB
  ) STRICT;
  CREATE TABLE site (
    site TEXT PRIMARY KEY,
    identity_key BLOB NOT NULL UNIQUE,
    sealing_key BLOB NOT NULL UNIQUE,
    tls_key_hash BLOB NOT NULL UNIQUE,
    certificate BLOB NOT NULL,
    enrolled_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE plan (
    id INTEGER PRIMARY KEY,
    plan_hash BLOB NOT NULL UNIQUE,
    plan BLOB NOT NULL,
    roster BLOB NOT NULL,
    roster_hash BLOB NOT NULL,
    proposed_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE approval (
    plan_id INTEGER NOT NULL REFERENCES plan,
    site TEXT NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (plan_id, site)
  ) STRICT;
  CREATE TABLE refusal (
    plan_id INTEGER NOT NULL REFERENCES plan,
    site TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (plan_id, site)
  ) STRICT;
  CREATE TABLE round (
    id INTEGER PRIMARY KEY,
    plan_id INTEGER NOT NULL REFERENCES plan,
    round INTEGER NOT NULL,
    cohort TEXT NOT NULL,
    model_hash BLOB NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,
    result BLOB,
    UNIQUE (plan_id, round)
  ) STRICT;
  CREATE TABLE event (
    round_id INTEGER NOT NULL REFERENCES round,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (round_id, number)
  ) STRICT, WITHOUT ROWID`;
