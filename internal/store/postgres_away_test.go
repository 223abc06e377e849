package store

import (
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// ST-03, ST-06: a server that refuses connections is tried now and then, and not by every request.
func TestPostgresST06_NotEveryRequestConnects(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	var met atomic.Int64
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			met.Add(1)
			c.Close()
		}
	}()
	cfg := Config{DSN: "postgres://norang@" + ln.Addr().String() + "/norang?sslmode=disable"}
	if err := setDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	pc, err := postgresConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := &postgresDB{cfg: cfg, conn: pc.ConnConfig}
	if err := db.openLanes(t.Context(), pc); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.closeLanes)
	began := time.Now()
	const requests = 500
	for range requests {
		if err := db.read(t.Context(), func(tx) error { return nil }); err == nil {
			t.Fatal("signed in at a server that closes every connection")
		}
	}
	most := 4 * (int64(time.Since(began)/awayFor) + 1) // one attempt may be several connections
	if n := met.Load(); n == 0 || n > most {
		t.Errorf("%d requests made %d connections, want at most %d, and some", requests, n, most)
	}
	// It is asked again, by itself, when it is time.
	for before := met.Load(); met.Load() == before; time.Sleep(awayFor / 10) {
		if err := db.read(t.Context(), func(tx) error { return nil }); err == nil {
			t.Fatal("let in")
		}
		if time.Since(began) > time.Minute {
			t.Fatal("no further attempt")
		}
	}
}
