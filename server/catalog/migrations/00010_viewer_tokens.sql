-- Read tokens of log viewers: each opens the events of one device or one call,
-- for an hour at most. Times are milliseconds since the epoch, UTC.

-- +goose Up
-- A token is as good as its maker, a person or a read key: it goes with them.
CREATE TABLE viewer_tokens (
	id       TEXT PRIMARY KEY,
	hash     BLOB NOT NULL UNIQUE,
	project  TEXT NOT NULL REFERENCES projects (name) ON DELETE CASCADE,
	owner    TEXT REFERENCES users (id) ON DELETE CASCADE,
	key      TEXT REFERENCES keys (id) ON DELETE CASCADE,
	field    TEXT NOT NULL CHECK (field IN ('device', 'callId')),
	value    TEXT NOT NULL,
	from_ns  INTEGER NOT NULL,
	actor    TEXT NOT NULL,
	created  INTEGER NOT NULL,
	expires  INTEGER NOT NULL,
	revoked  INTEGER,
	uses     INTEGER NOT NULL DEFAULT 0,
	last_use INTEGER,
	CHECK ((owner IS NULL) <> (key IS NULL))
) STRICT;
CREATE INDEX viewer_tokens_by_project ON viewer_tokens (project, created);

-- +goose Down
DROP TABLE viewer_tokens;
