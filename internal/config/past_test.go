package config

import (
	"path/filepath"
	"testing"
)

// TestSettingsFilesOfPastVersions: what once started the service still does. A release adds its own file; none is
// changed.
func TestSettingsFilesOfPastVersions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/past/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of past versions: %v", err)
	}
	for _, file := range files {
		s, warnings, err := Load(Sources{File: file})
		if err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, warnings: %v", file, err, warnings)
			continue
		}
		if err := s.Config.Check(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
