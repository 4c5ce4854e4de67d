/** The tables. A round is its journal: what `round` says of its end is what a replay of its events gives. */

const first = `
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

/** Records of keys, boxes, and snapshots that are complete; their bytes are files. */
const keys = `
  CREATE TABLE key_record (
    plan_id INTEGER NOT NULL REFERENCES plan,
    roster_hash BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (plan_id, roster_hash, epoch)
  ) STRICT;
  CREATE TABLE key_box (
    plan_id INTEGER NOT NULL REFERENCES plan,
    roster_hash BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    sealer TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (plan_id, roster_hash, epoch, recipient)
  ) STRICT;
  CREATE TABLE snapshot (
    plan_id INTEGER NOT NULL REFERENCES plan,
    recipient TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (plan_id, recipient)
  ) STRICT`;

/** What each version of the program added, in order. A database of version n has the first n; an entry is never changed. */
export const migrations: readonly string[] = [first, keys];
