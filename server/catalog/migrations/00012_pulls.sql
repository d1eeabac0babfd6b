-- Pulls: what was asked of a device's own logs, and what became of it. The key
-- that signs their tickets stands in secrets. Times are milliseconds since the
-- epoch, UTC.

-- +goose Up
CREATE TABLE pulls (
	id        TEXT PRIMARY KEY,
	project   TEXT NOT NULL REFERENCES projects (name),
	device    TEXT NOT NULL,
	level     TEXT NOT NULL,
	first     INTEGER NOT NULL,           -- the range of event times, [first, until)
	until     INTEGER NOT NULL,
	state     TEXT NOT NULL CHECK (state IN ('asked', 'delivered', 'running', 'done', 'refused', 'failed', 'cancelled', 'expired')),
	reason    TEXT NOT NULL DEFAULT '',
	actor     TEXT NOT NULL,
	asked     INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	delivered INTEGER,
	started   INTEGER,
	heard     INTEGER,                    -- the last sign of it
	ended     INTEGER,
	tab       TEXT NOT NULL DEFAULT '',   -- the page that does it
	selected  INTEGER NOT NULL DEFAULT 0, -- events that the page found
	events    INTEGER NOT NULL DEFAULT 0, -- events that arrived
	bytes     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX pulls_by_project ON pulls (project, asked);
CREATE INDEX pulls_open ON pulls (expires) WHERE ended IS NULL;

-- +goose Down
DROP TABLE pulls;
