package store

import (
	"testing"
	"time"
)

func TestPostgresLimits(t *testing.T) {
	t.Parallel()
	cfg := Config{DSN: "postgres://u@h/db"}
	if err := setDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	pc, err := postgresConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if pc.MaxConns != 20 || pc.ConnConfig.ConnectTimeout != connectTimeout {
		t.Errorf("%d connections, connect timeout %v", pc.MaxConns, pc.ConnConfig.ConnectTimeout)
	}
	cfg.DSN = "postgres://u@h/db?pool_max_conns=7&connect_timeout=2"
	if pc, err = postgresConfig(cfg); err != nil || pc.MaxConns != 7 || pc.ConnConfig.ConnectTimeout != 2*time.Second {
		t.Errorf("%d connections, connect timeout %v, %v", pc.MaxConns, pc.ConnConfig.ConnectTimeout, err)
	}
	// The feed must look back further than a change can take from its writing to its commit.
	if feedWindow <= txLife+5*time.Second {
		t.Errorf("the feed looks back %v, a transaction may take %v and its commit 5s more", feedWindow, txLife)
	}
}
