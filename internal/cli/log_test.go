package cli

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// stalled is a log that nobody reads until it is released.
type stalled struct {
	release chan struct{}
	bytes.Buffer
}

func (s *stalled) Write(b []byte) (int, error) {
	<-s.release
	return s.Buffer.Write(b)
}

func TestDO12_LogThatNobodyReadsDoesNotBlock(t *testing.T) {
	out := &stalled{release: make(chan struct{})}
	queue := newLineQueue(out)
	log := newLogLike(queue, false, slog.LevelInfo)
	const lines = 3 * linesQueued
	for range lines {
		log.Info("line")
	}
	close(out.release)
	queue.Close()
	written := strings.Count(out.String(), `"msg":"line"`)
	if written < linesQueued || written > linesQueued+1 {
		t.Errorf("%d lines written, want the %d that the queue holds", written, linesQueued)
	}
	if n := strings.Count(out.String(), "log lines dropped"); n != 1 {
		t.Errorf("dropped lines are reported %d times, want once: %s", n, out.String()[max(0, out.Len()-300):])
	}
	if _, err := queue.Write([]byte("late")); err == nil {
		t.Error("a line after the end was taken")
	}
}

func TestLogQueueWritesEveryLineInOrderBeforeItCloses(t *testing.T) {
	var out bytes.Buffer
	queue := newLineQueue(&out)
	for _, line := range []string{"a\n", "b\n", "c\n"} {
		_, _ = queue.Write([]byte(line))
	}
	queue.Close()
	if out.String() != "a\nb\nc\n" {
		t.Errorf("%q", out.String())
	}
}
