package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSettingsPipeThatNothingIsWrittenToCanBeInterrupted: opening it waits for a writer.
func TestSettingsPipeThatNothingIsWrittenToCanBeInterrupted(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"serve", "--check", "--config", pipe}, {"serve", "--check", "--kakao-client-secret-file", pipe},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		ended := make(chan string, 1)
		go func() {
			var out, errs bytes.Buffer
			Run(ctx, args, []string{"LC_ALL=C"}, nil, &out, &errs)
			ended <- errs.String()
		}()
		select {
		case said := <-ended:
			if !strings.Contains(said, "interrupted while reading "+pipe) {
				t.Errorf("%s: %s", args, said)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s does not end", args)
		}
	}
}
