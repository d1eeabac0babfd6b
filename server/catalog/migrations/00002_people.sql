-- People with roles, one-time links, sessions that can be told apart, keys that
-- are rotated, end and have quotas, projects that are deleted.

-- +goose Up

-- The roles' CHECK belongs to their column, so the column is replaced: making
-- the table anew would end all sessions, which hang on it.
ALTER TABLE users ADD COLUMN part TEXT NOT NULL DEFAULT 'reader' CHECK (part IN ('admin', 'editor', 'reader', 'support'));
UPDATE users SET part = 'admin' WHERE role = 'admin';
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users RENAME COLUMN part TO role;
-- The only account whose events a support user may see.
ALTER TABLE users ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN seen INTEGER; -- coarse, see sessionStep

-- How somebody chooses a password: the first one, or another one.
CREATE TABLE links (
	hash    BLOB PRIMARY KEY,
	user    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	purpose TEXT NOT NULL CHECK (purpose IN ('invite', 'reset')),
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_user ON links (user);

ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT ''; -- no secret
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN used INTEGER;
UPDATE sessions SET id = 's_' || lower(hex(substr(hash, 1, 6)));

ALTER TABLE keys ADD COLUMN replaces TEXT NOT NULL DEFAULT ''; -- the id of its predecessor
ALTER TABLE keys ADD COLUMN ends INTEGER;
ALTER TABLE keys ADD COLUMN events_per_second INTEGER NOT NULL DEFAULT 0; -- 0: no quota
ALTER TABLE keys ADD COLUMN bytes_per_day INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER key_changed;
-- +goose StatementBegin
CREATE TRIGGER key_changed AFTER UPDATE OF hash, project, type, name, origins, revoked, replaces, ends, events_per_second, bytes_per_day ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd

-- A deleted project's row stays: it says that the name had events, and whether
-- they are erased. Only then may the name be used again.
ALTER TABLE projects ADD COLUMN deleted INTEGER;
ALTER TABLE projects ADD COLUMN erased INTEGER;

CREATE INDEX audit_by_project ON audit (project, id);
CREATE INDEX audit_by_actor ON audit (actor, id);

-- +goose Down
DROP INDEX audit_by_actor;
DROP INDEX audit_by_project;
ALTER TABLE projects DROP COLUMN erased;
ALTER TABLE projects DROP COLUMN deleted;
DROP TRIGGER key_changed;
ALTER TABLE keys DROP COLUMN bytes_per_day;
ALTER TABLE keys DROP COLUMN events_per_second;
ALTER TABLE keys DROP COLUMN ends;
ALTER TABLE keys DROP COLUMN replaces;
-- +goose StatementBegin
CREATE TRIGGER key_changed AFTER UPDATE OF hash, project, type, origins, revoked ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd
ALTER TABLE sessions DROP COLUMN used;
ALTER TABLE sessions DROP COLUMN agent;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN id;
DROP TABLE links;
ALTER TABLE users DROP COLUMN seen;
ALTER TABLE users DROP COLUMN account;
ALTER TABLE users ADD COLUMN part TEXT NOT NULL DEFAULT 'member' CHECK (part IN ('admin', 'member'));
UPDATE users SET part = 'admin' WHERE role = 'admin';
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users RENAME COLUMN part TO role;
