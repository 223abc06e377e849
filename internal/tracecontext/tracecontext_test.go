package tracecontext_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/recovered"
	"github.com/norang-login/norang/internal/tracecontext"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	valid   = "00-" + traceID + "-b7ad6b7169203331-01"
)

// The rules are those of W3C Trace Context, sections 3.2.2 and 4.
func TestParse(t *testing.T) {
	t.Parallel()
	long := "01-" + traceID + "-b7ad6b7169203331-01-" + strings.Repeat("a", 512)
	for name, c := range map[string]struct {
		values []string
		ok     bool
	}{
		"valid":                             {[]string{valid}, true},
		"not sampled":                       {[]string{valid[:53] + "00"}, true},
		"unknown flags":                     {[]string{valid[:53] + "ff"}, true},
		"a later version":                   {[]string{"cc" + valid[2:]}, true},
		"a later version with more":         {[]string{"cc" + valid[2:] + "-what-the-future-brings"}, true},
		"none":                              {nil, false},
		"two":                               {[]string{valid, valid}, false},
		"empty":                             {[]string{""}, false},
		"too short":                         {[]string{valid[:54]}, false},
		"version 00 with more":              {[]string{valid + "-more"}, false},
		"version 00 with a dash":            {[]string{valid + "-"}, false},
		"a later version with other more":   {[]string{"cc" + valid[2:] + ".more"}, false},
		"a later version that is too long":  {[]string{long}, false},
		"version ff":                        {[]string{"ff" + valid[2:]}, false},
		"a version that is not hexadecimal": {[]string{".0" + valid[2:]}, false},
		"trace id of zeros":                 {[]string{strings.Replace(valid, traceID, strings.Repeat("0", 32), 1)}, false},
		"span id of zeros":                  {[]string{valid[:36] + strings.Repeat("0", 16) + "-01"}, false},
		"upper case":                        {[]string{strings.ToUpper(valid)}, false},
		"a trace id that is not an id":      {[]string{strings.Replace(valid, "0af7", "ryan", 1)}, false},
		"a line break":                      {[]string{strings.Replace(valid, "0af7", "0a\n7", 1)}, false},
		"space around it":                   {[]string{" " + valid}, false},
		"other separators":                  {[]string{strings.ReplaceAll(valid, "-", "_")}, false},
	} {
		p, ok := tracecontext.Parse(c.values)
		if ok != c.ok || ok != (p != tracecontext.Parent{}) {
			t.Errorf("%s: %+v, %v", name, p, ok)
		}
		if ok && (p.TraceID != traceID || !strings.HasPrefix(c.values[0][2:], p.String()[2:])) {
			t.Errorf("%s: %s", name, p)
		}
	}
}

func TestLoggerAddsTheTraceIDOfTheContext(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := tracecontext.Logger(slog.New(slog.NewJSONHandler(&out, nil)))
	if again := tracecontext.Logger(log); again != log {
		t.Error("a second wrapper would add the id twice")
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if tracecontext.Request(r) != r || tracecontext.From(r.Context()).String() != "" {
		t.Error("a request without the header")
	}
	r.Header.Set("traceparent", "invalid")
	if tracecontext.Request(r) != r {
		t.Error("a request with an invalid header")
	}
	log.WarnContext(r.Context(), "without")
	r.Header.Set("traceparent", valid)
	traced := tracecontext.Request(r)
	if tracecontext.Request(traced) != traced || tracecontext.From(traced.Context()).String() != valid {
		t.Errorf("%+v", tracecontext.From(traced.Context()))
	}
	log.WarnContext(traced.Context(), "with")
	log.With("a", 1).WarnContext(traced.Context(), "with attributes")
	log.WithGroup("g").WarnContext(traced.Context(), "with a group")
	var lines []map[string]any
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil || strings.Count(text, `"trace_id"`) > 1 {
			t.Fatal(err, text)
		}
		lines = append(lines, line)
	}
	group, _ := lines[3]["g"].(map[string]any)
	if lines[0]["trace_id"] != nil || lines[1]["trace_id"] != traceID || lines[2]["trace_id"] != traceID ||
		lines[2]["a"] == nil || group["trace_id"] != traceID {
		t.Errorf("%v", lines)
	}
}

func TestLoggerWritesDurationsAsText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := tracecontext.Logger(slog.New(slog.NewJSONHandler(&out, nil)))
	log.Warn("will be retried", "event", "e1", "wait", 90*time.Second, "attempt", 2)
	if want := `"msg":"will be retried","event":"e1","wait":"1m30s","attempt":2}`; !strings.Contains(out.String(), want) {
		t.Errorf("%s, want %s", out.String(), want)
	}
}

// The stack of a panic is in the log, however often its error was wrapped, and not in the error's text.
func TestLoggerWritesTheStackOfAPanic(t *testing.T) {
	t.Parallel()
	hook := func() (err error) {
		defer recovered.Catch(&err)
		var none *http.Request
		return errors.New(none.Host)
	}
	err := fmt.Errorf("join hook: %w", hook())
	if !strings.HasPrefix(err.Error(), "join hook: panic: runtime error") || strings.Contains(err.Error(), "goroutine") {
		t.Errorf("text %q", err)
	}
	var out bytes.Buffer
	log := tracecontext.Logger(slog.New(slog.NewJSONHandler(&out, nil)))
	log.Warn("x", "err", err)
	log.Warn("x", "err", errors.New("no panic"))
	log.Warn("x", "err", error(nil))
	lines := strings.Split(out.String(), "\n")
	if !strings.Contains(lines[0], `"stack":"goroutine `) || !strings.Contains(lines[0], "tracecontext_test.go:") ||
		strings.Contains(lines[1]+lines[2], "stack") {
		t.Error(out.String())
	}
}

func FuzzParse(f *testing.F) {
	f.Add(valid)
	f.Add("cc" + valid[2:] + "-more")
	f.Fuzz(func(t *testing.T, value string) {
		p, ok := tracecontext.Parse([]string{value})
		if !ok {
			return
		}
		if again, ok := tracecontext.Parse([]string{p.String()}); !ok || again != p {
			t.Errorf("%q is read as %s, which is read as %s", value, p, again)
		}
	})
}
