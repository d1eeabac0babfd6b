-- How the lines of named senders are read. settings is one JSON object: it is
-- read and changed as a whole.

-- +goose Up
CREATE TABLE sources (
	project  TEXT NOT NULL REFERENCES projects (name) ON DELETE CASCADE,
	name     TEXT NOT NULL,
	version  INTEGER NOT NULL,
	settings TEXT NOT NULL,
	created  INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	by       TEXT NOT NULL,
	PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE sources;
