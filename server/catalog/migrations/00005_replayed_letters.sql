-- Dead letters that were played again. The store keeps the letters; an id is
-- made of what a letter says.

-- +goose Up
CREATE TABLE replayed_letters (
	project  TEXT NOT NULL REFERENCES projects (name) ON DELETE CASCADE,
	letter   TEXT NOT NULL,
	at       INTEGER NOT NULL,
	actor    TEXT NOT NULL,
	format   TEXT NOT NULL,
	event_id TEXT NOT NULL,          -- '' when it was stored by an earlier try, in another format
	PRIMARY KEY (project, letter)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE replayed_letters;
