//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
)

// Base makes a base backup of the running server in dir, which must not exist.
func (s *Server) Base(dir string) error {
	if err := s.Own(filepath.Dir(dir)); err != nil {
		return err
	}
	out, err := s.command("pg_basebackup", "-h", s.dir, "-U", "norang", "-D", dir, "--checkpoint=fast").CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	return nil
}

// Recover stops the server and starts it on a base backup, which it then owns, with settings in postgresql.auto.conf
// and a file recovery.signal.
func (s *Server) Recover(base, settings string) error {
	s.Shutdown()
	s.data = base
	for name, text := range map[string]string{"postgresql.auto.conf": settings, "recovery.signal": ""} {
		f, err := os.OpenFile(filepath.Join(base, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = f.WriteString("\n" + text)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return s.Start()
}
