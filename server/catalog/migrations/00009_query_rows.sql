-- How many rows a read key may have the store look at, beside seconds of its
-- work: what a question costs whatever machine answers it.

-- +goose Up
ALTER TABLE keys ADD COLUMN query_rows INTEGER NOT NULL DEFAULT 0; -- a minute; 0: as the server says

-- +goose StatementBegin
CREATE TRIGGER key_rows_changed AFTER UPDATE OF query_rows ON keys
BEGIN UPDATE key_changes SET n = n + 1; END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER key_rows_changed;
ALTER TABLE keys DROP COLUMN query_rows;
