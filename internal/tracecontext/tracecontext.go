// Package tracecontext reads the traceparent header of W3C Trace Context, and adds its trace id to log lines.
package tracecontext

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/recovered"
)

// Header is the name of the header (W3C Trace Context section 3.2).
const Header = "Traceparent"

// Key is the attribute of log lines.
const Key = "trace_id"

// Parent identifies the request in the caller's trace. The zero value is none.
type Parent struct {
	// TraceID, SpanID and Flags are 32, 16 and 2 lower-case hexadecimal digits.
	TraceID, SpanID, Flags string
}

// String is the header in version 00, "" for none.
func (p Parent) String() string {
	if p == (Parent{}) {
		return ""
	}
	return "00-" + p.TraceID + "-" + p.SpanID + "-" + p.Flags
}

const (
	// length is that of version 00. Later versions may add fields after it.
	length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	// maxLength bounds the header of a later version.
	maxLength = 512
)

// Parse reads the values of the header. ok is false if there is not exactly one or it breaks the specification: such a
// header is ignored. Of a later version than 00 the fields that version 00 knows are read (section 4).
func Parse(values []string) (p Parent, ok bool) {
	if len(values) != 1 || len(values[0]) < length || len(values[0]) > maxLength {
		return Parent{}, false
	}
	v, rest := values[0][:length], values[0][length:]
	version := v[:2]
	p = Parent{TraceID: v[3:35], SpanID: v[36:52], Flags: v[53:55]}
	dashes := v[2] == '-' && v[35] == '-' && v[52] == '-'
	if !dashes || !lowerHex(version) || !lowerHex(p.TraceID) || !lowerHex(p.SpanID) || !lowerHex(p.Flags) ||
		version == "ff" || strings.Trim(p.TraceID, "0") == "" || strings.Trim(p.SpanID, "0") == "" {
		return Parent{}, false
	}
	if version == "00" && rest != "" || rest != "" && rest[0] != '-' {
		return Parent{}, false
	}
	return p, true
}

func lowerHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && strings.ToLower(s) == s
}

type key struct{}

// From returns the parent of a context, the zero value if it has none.
func From(ctx context.Context) Parent {
	p, _ := ctx.Value(key{}).(Parent)
	return p
}

// Request returns r with the parent that its header names in its context; r itself if there is none.
func Request(r *http.Request) *http.Request {
	values := r.Header[Header]
	if values == nil {
		return r
	}
	p, ok := Parse(values)
	if !ok || From(r.Context()) == p {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), key{}, p))
}

// Logger returns a logger that adds to a line the trace id of its context and the stack of a panic that is its error,
// and writes durations as Go text ("1m30s"), which slog's JSON would write as nanoseconds.
func Logger(log *slog.Logger) *slog.Logger {
	if _, done := log.Handler().(handler); done {
		return log
	}
	return slog.New(handler{log.Handler()})
}

type handler struct{ slog.Handler }

// Handle adds the attribute.
func (h handler) Handle(ctx context.Context, line slog.Record) error {
	if line.NumAttrs() > 0 {
		line = prepare(line)
	}
	if p := From(ctx); p != (Parent{}) {
		line = line.Clone()
		line.AddAttrs(slog.String(Key, p.TraceID))
	}
	return h.Handler.Handle(ctx, line)
}

// prepare returns the line with its durations as text and the stack of a panic, itself if it has neither.
func prepare(line slog.Record) slog.Record {
	changed := false
	attrs := make([]slog.Attr, 0, 16)
	line.Attrs(func(a slog.Attr) bool {
		switch a.Value.Kind() {
		case slog.KindDuration:
			changed, a.Value = true, slog.StringValue(a.Value.String())
		case slog.KindAny:
			err, _ := a.Value.Any().(error)
			if p, ok := errors.AsType[*recovered.Error](err); ok {
				changed = true
				attrs = append(attrs, slog.String("stack", p.Stack()))
			}
		}
		attrs = append(attrs, a)
		return true
	})
	if !changed {
		return line
	}
	line = slog.NewRecord(line.Time, line.Level, line.Message, line.PC)
	line.AddAttrs(attrs...)
	return line
}

// WithAttrs keeps the attribute.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the attribute, within the group.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
