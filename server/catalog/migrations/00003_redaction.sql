-- The redaction rules of a project, as one JSON list: they are read and
-- changed as a whole. A project without a row has the defaults.

-- +goose Up
CREATE TABLE redaction (
	project TEXT PRIMARY KEY REFERENCES projects (name) ON DELETE CASCADE,
	version INTEGER NOT NULL,
	rules   TEXT NOT NULL,
	changed INTEGER NOT NULL,
	by      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
