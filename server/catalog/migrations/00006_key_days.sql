-- What each key has sent on its newest UTC day, for its quota of bytes: a
-- restart must not hand it out anew.

-- +goose Up
CREATE TABLE key_days (
	key_id TEXT PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
	day    INTEGER NOT NULL,         -- days since the epoch
	bytes  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE key_days;
