-- How many events came by each door in steps of ten minutes, for the charts of
-- a day and a week: they go on after a restart. project is '' where there were
-- too many to tell them apart.

-- +goose Up
CREATE TABLE ingest_steps (
	step    INTEGER NOT NULL,        -- of ten minutes, counted since the epoch
	project TEXT NOT NULL,
	door    TEXT NOT NULL,
	events  INTEGER NOT NULL,
	PRIMARY KEY (step, project, door)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE ingest_steps;
