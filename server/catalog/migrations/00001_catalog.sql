-- The first catalog. Times are milliseconds since the epoch, UTC. Secrets
-- (keys, session tokens, set-up tokens) are kept as SHA-256 only; passwords as
-- argon2id.

-- +goose Up
CREATE TABLE projects (
	name    TEXT PRIMARY KEY,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
	id       TEXT PRIMARY KEY,
	hash     BLOB NOT NULL UNIQUE,
	project  TEXT NOT NULL REFERENCES projects (name),
	type     TEXT NOT NULL CHECK (type IN ('browser', 'server', 'read')),
	name     TEXT NOT NULL,
	prefix   TEXT NOT NULL,
	origins  TEXT NOT NULL,          -- a JSON list of strings
	created  INTEGER NOT NULL,
	last_use INTEGER,                -- coarse, see useStep
	revoked  INTEGER
) STRICT;
CREATE INDEX keys_by_project ON keys (project, created);

-- How often keys changed in a way that decides what they may do. Readers
-- compare it, so that the frequent writes of last_use and of sessions do not
-- make them load all keys again. Triggers keep it, so that a change by hand
-- counts too.
CREATE TABLE key_changes (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	n   INTEGER NOT NULL
) STRICT;
INSERT INTO key_changes VALUES (1, 1);

-- +goose StatementBegin
CREATE TRIGGER key_added AFTER INSERT ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER key_changed AFTER UPDATE OF hash, project, type, origins, revoked ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER key_removed AFTER DELETE ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd

CREATE TABLE users (
	id       TEXT PRIMARY KEY,
	name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
	password TEXT NOT NULL,
	role     TEXT NOT NULL CHECK (role IN ('admin', 'member')),
	created  INTEGER NOT NULL
) STRICT;

-- The projects that a member may see. Admins see all.
CREATE TABLE members (
	user    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	project TEXT NOT NULL REFERENCES projects (name) ON DELETE CASCADE,
	PRIMARY KEY (user, project)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
	hash    BLOB PRIMARY KEY,
	user    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user, created);

CREATE TABLE setup_links (
	hash    BLOB PRIMARY KEY,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	used    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did what to the catalog. Entries are only ever added.
CREATE TABLE audit (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	at      INTEGER NOT NULL,
	actor   TEXT NOT NULL,
	action  TEXT NOT NULL,
	subject TEXT NOT NULL,
	project TEXT NOT NULL,
	detail  TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit;
DROP TABLE secrets;
DROP TABLE setup_links;
DROP TABLE sessions;
DROP TABLE members;
DROP TABLE users;
DROP TABLE keys;
DROP TABLE key_changes;
DROP TABLE projects;
