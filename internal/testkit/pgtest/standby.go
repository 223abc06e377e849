//go:build unix

package pgtest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Standby starts a second server that follows this one, which must run.
func (s *Server) Standby() (*Server, error) {
	b := &Server{bin: s.bin, as: s.as, args: s.args}
	var err error
	if b.dir, err = os.MkdirTemp("", "norang-pg"); err != nil {
		return nil, err
	}
	if err := b.Own(b.dir); err != nil {
		return nil, err
	}
	b.data = filepath.Join(b.dir, "data")
	out, err := s.command("pg_basebackup", "-h", s.dir, "-U", "norang", "-D", b.data, "--checkpoint=fast", "--no-sync",
		"--write-recovery-conf").CombinedOutput()
	if err == nil {
		err = b.Start()
	}
	if err != nil {
		b.Remove()
		return nil, fmt.Errorf("standby: %w: %s", err, out)
	}
	return b, nil
}

// Promote makes a primary of a standby.
func (s *Server) Promote() error {
	if out, err := s.command("pg_ctl", "promote", "-w", "-D", s.data).CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl promote: %w: %s", err, out)
	}
	return nil
}

// PairDSN is the address of a database on whichever of two servers accepts writes.
func PairDSN(a, b *Server, database string) string {
	q := url.Values{
		"host": {a.dir + "," + b.dir}, "user": {"norang"}, "sslmode": {"disable"}, "target_session_attrs": {"read-write"},
	}
	return "postgres:///" + database + "?" + q.Encode()
}
