package main

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/norang-login/norang/internal/seal"
)

// createDatabase creates an empty database on the server with the given address.
func createDatabase(ctx context.Context, address, name string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// makeKeys creates the key file that replicas share.
func makeKeys(p plan) error {
	_, _, err := seal.LoadOrCreate(filepath.Join(p.Dir, "norang.keys"), time.Now(), rand.Reader)
	return err
}
