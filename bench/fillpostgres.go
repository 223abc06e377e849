package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/norang-login/norang/internal/store"
)

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// fillPostgres is fill for an empty PostgreSQL database. It inserts the same rows by COPY, without waiting for the
// disk, and creates the indexes other than constraints at the end, followed by a checkpoint.
func fillPostgres(ctx context.Context, f filling, logf func(string, ...any)) (cookies []string, err error) {
	s, err := store.Open(ctx, store.Config{DSN: f.database}) // creates the schema
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	c, err := pgx.Connect(ctx, f.database)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	const settings = "SET search_path = norang; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'"
	if _, err := c.Exec(ctx, settings); err != nil {
		return nil, err
	}
	var used bool
	if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM users)").Scan(&used); err != nil {
		return nil, err
	}
	if used {
		return nil, errors.New("database has users whose cookies are unknown: use an empty database or -cookies")
	}
	// Skip the checks of foreign keys. Only a superuser can; without it filling takes longer.
	_, _ = c.Exec(ctx, "SET session_replication_role = replica")
	create, err := dropPostgresIndexes(ctx, c, "users", "identities", "sessions")
	if err != nil {
		return nil, err
	}
	into := func(ctx context.Context, table string, columns []string, n int, row func(i int) ([]any, error)) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, row))
		return err
	}
	began := time.Now()
	users, err := fillUsers(ctx, into, f)
	if err != nil {
		return nil, err
	}
	logf("%d users in %v", f.users, time.Since(began).Round(time.Second))
	began = time.Now()
	if cookies, err = fillSessions(ctx, into, f, users); err != nil {
		return nil, err
	}
	logf("%d sessions in %v", f.sessions, time.Since(began).Round(time.Second))
	began = time.Now()
	for _, statement := range append(create, "VACUUM ANALYZE users, identities, sessions", "CHECKPOINT") {
		if _, err := c.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	logf("indexes, VACUUM and CHECKPOINT in %v", time.Since(began).Round(time.Second))
	return cookies, nil
}

// dropPostgresIndexes drops the indexes of the tables and returns the statements that create them again. It keeps the
// indexes of constraints, to which other tables refer.
func dropPostgresIndexes(ctx context.Context, c *pgx.Conn, tables ...string) (create []string, err error) {
	rows, err := c.Query(ctx, `SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'norang' AND tablename = ANY ($1)
AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE connamespace = 'norang'::regnamespace)`, tables)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, Definition string }])
	if err != nil {
		return nil, err
	}
	for _, index := range found {
		if _, err := c.Exec(ctx, "DROP INDEX "+pgx.Identifier{index.Name}.Sanitize()); err != nil {
			return nil, err
		}
		create = append(create, index.Definition)
	}
	return create, nil
}

func postgresSize(ctx context.Context, address string) (bytes int64, err error) {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer c.Close(ctx)
	return bytes, c.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
}
