-- Saved views, links that share one view with somebody who has no account, and
-- how much of the store one key may take up.

-- +goose Up

-- params is a JSON object of strings: the address of the page, without the
-- project. columns is a JSON list of the names that it shows.
CREATE TABLE views (
	id      TEXT PRIMARY KEY,
	project TEXT NOT NULL REFERENCES projects (name) ON DELETE CASCADE,
	owner   TEXT REFERENCES users (id) ON DELETE SET NULL, -- a shared view outlives its owner
	name    TEXT NOT NULL,
	shared  INTEGER NOT NULL,
	params  TEXT NOT NULL,
	columns TEXT NOT NULL,
	density TEXT NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL
) STRICT;
CREATE INDEX views_by_project ON views (project, name);
CREATE UNIQUE INDEX views_of_owner ON views (project, owner, name);
-- +goose StatementBegin
CREATE TRIGGER views_without_owner BEFORE DELETE ON users
BEGIN DELETE FROM views WHERE owner = OLD.id AND shared = 0; END;
-- +goose StatementEnd

-- A share is as good as its maker: it goes with them.
CREATE TABLE shares (
	id       TEXT PRIMARY KEY,
	hash     BLOB NOT NULL UNIQUE,
	project  TEXT NOT NULL REFERENCES projects (name) ON DELETE CASCADE,
	owner    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name     TEXT NOT NULL,
	params   TEXT NOT NULL,
	from_ns  INTEGER NOT NULL,
	to_ns    INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	expires  INTEGER NOT NULL,
	revoked  INTEGER,
	uses     INTEGER NOT NULL DEFAULT 0,
	last_use INTEGER
) STRICT;
CREATE INDEX shares_by_project ON shares (project, created);

ALTER TABLE keys ADD COLUMN query_seconds INTEGER NOT NULL DEFAULT 0; -- a minute; 0: as the server says
ALTER TABLE keys ADD COLUMN queries_at_once INTEGER NOT NULL DEFAULT 0;
-- +goose StatementBegin
CREATE TRIGGER key_reading_changed AFTER UPDATE OF query_seconds, queries_at_once ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER key_reading_changed;
ALTER TABLE keys DROP COLUMN queries_at_once;
ALTER TABLE keys DROP COLUMN query_seconds;
DROP TABLE shares;
DROP TRIGGER views_without_owner;
DROP TABLE views;
