-- How long events are kept, and the orders to delete one user's data.

-- +goose Up

-- What holds for the server, and for projects without limits of their own.
-- 0 is no limit; keep_free 0 is the server's own choice, by the disk's size.
CREATE TABLE retention_server (
	one         INTEGER PRIMARY KEY CHECK (one = 1),
	days        INTEGER NOT NULL,
	bytes       INTEGER NOT NULL,
	store_bytes INTEGER NOT NULL,
	keep_free   INTEGER NOT NULL
) STRICT;
INSERT INTO retention_server VALUES (1, 90, 0, 0, 0);

CREATE TABLE retention_projects (
	project TEXT PRIMARY KEY REFERENCES projects (name) ON DELETE CASCADE,
	days    INTEGER NOT NULL,
	bytes   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An order, and later its receipt. It outlives its project: a receipt stays.
-- query is what the order means, in the query language, and names a person;
-- it is forgotten when the order is carried out. short and digest stay.
CREATE TABLE erasures (
	id       TEXT PRIMARY KEY,
	project  TEXT NOT NULL,
	field    TEXT NOT NULL,          -- of who it is about; '' for any other query
	query    TEXT,
	short    TEXT NOT NULL,
	digest   TEXT NOT NULL,
	actor    TEXT NOT NULL,
	ordered  INTEGER NOT NULL,
	counted  INTEGER NOT NULL,
	at_least INTEGER NOT NULL,       -- 1: the count was cut short
	oldest   INTEGER,
	newest   INTEGER,
	apps     TEXT NOT NULL,          -- a JSON list of strings
	removed  INTEGER,
	done     INTEGER
) STRICT;
CREATE INDEX erasures_by_project ON erasures (project, ordered);

-- +goose Down
DROP TABLE erasures;
DROP TABLE retention_projects;
DROP TABLE retention_server;
