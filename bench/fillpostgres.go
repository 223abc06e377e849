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

// fillPostgres is fill for an empty PostgreSQL database: the same rows by COPY, with the indexes that are no constraints
// made at the end. What one COPY writes is one transaction; none of them waits for the disk, and a checkpoint ends it all.
func fillPostgres(ctx context.Context, f filling, tell func(string, ...any)) (cookies []string, err error) {
	s, err := store.Open(ctx, store.Config{DSN: f.database}) // makes the schema
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
	if _, err := c.Exec(ctx, "SET search_path = norang; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'"); err != nil {
		return nil, err
	}
	var inhabited bool
	if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM users)").Scan(&inhabited); err != nil {
		return nil, err
	}
	if inhabited {
		return nil, errors.New("the database has people already, and their cookies are not known: give an empty one, or -cookies")
	}
	// Whether each row's person is there need not be asked: they were written a moment ago. Only a superuser may say so;
	// without that it takes longer.
	_, _ = c.Exec(ctx, "SET session_replication_role = replica")
	again, err := dropPostgresIndexes(ctx, c, "users", "identities", "sessions")
	if err != nil {
		return nil, err
	}
	into := func(ctx context.Context, table string, columns []string, n int, row func(i int) ([]any, error)) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, row))
		return err
	}
	began := time.Now()
	them, err := fillPeople(ctx, into, f)
	if err != nil {
		return nil, err
	}
	tell("%d people in %v", f.people, time.Since(began).Round(time.Second))
	began = time.Now()
	if cookies, err = fillSessions(ctx, into, f, them); err != nil {
		return nil, err
	}
	tell("%d sessions in %v", f.sessions, time.Since(began).Round(time.Second))
	began = time.Now()
	for _, statement := range append(again, "VACUUM ANALYZE users, identities, sessions", "CHECKPOINT") {
		if _, err := c.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	tell("indexes, VACUUM and CHECKPOINT in %v", time.Since(began).Round(time.Second))
	return cookies, nil
}

// dropPostgresIndexes drops what can be made again, and says how. The indexes of constraints stay: other tables refer to
// them.
func dropPostgresIndexes(ctx context.Context, c *pgx.Conn, tables ...string) (again []string, err error) {
	rows, err := c.Query(ctx, `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'norang' AND tablename = ANY ($1)
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
		again = append(again, index.Definition)
	}
	return again, nil
}

func postgresSize(ctx context.Context, address string) (bytes int64, err error) {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer c.Close(ctx)
	return bytes, c.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
}
