package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

// stalled is a log that is not read until it is released.
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

// With any input of strangers, no log line holds a character that moves a terminal's cursor or turns text around.
func TestLI07_LogLinesHoldNoControls(t *testing.T) {
	t.Parallel()
	hostile := "a\x1b[2J\u009b31m\u0085\x7f\x00\u202eb\u2066\u200f\u061c\u2028c"
	for name, text := range map[string]bool{"text": true, "JSON": false} {
		var out strings.Builder
		log := newLogLike(&out, text, slog.LevelInfo)
		log.Info("m", "path", hostile, "err", errors.New(hostile), slog.Group("g", "agent", hostile))
		line, ended := strings.CutSuffix(out.String(), "\n")
		if !ended || strings.ContainsFunc(line, i18n.Control) {
			t.Errorf("%s: %q", name, out.String())
		}
	}
}

// Tables, sentences and JSON of the commands.
func TestLI07_CommandsPrintNoControls(t *testing.T) {
	t.Parallel()
	hostile := "a\x1b[2J\u009b31m\u0085\x7f\x00\u202eb\u2066\u200f\u061c\u2028c"
	c := testConsole("en")
	c.line("id", hostile)
	c.field("닉네임", "nickname", hostile)
	c.print("%s", "%s", hostile)
	c.warn("%v", "%v", errors.New(hostile))
	if err := c.json(map[string]string{"nickname": hostile}); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{c.stdout.(*strings.Builder).String(), c.stderr.(*strings.Builder).String()} {
		if strings.ContainsFunc(strings.ReplaceAll(out, "\n", ""), i18n.Control) {
			t.Errorf("%q", out)
		}
	}
	var back struct{ Nickname string }
	out := c.stdout.(*strings.Builder).String()
	if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &back); err != nil || back.Nickname != hostile {
		t.Errorf("JSON changed: %q, %v", back.Nickname, err)
	}
}
