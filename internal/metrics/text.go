package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// contentType is that of Prometheus' text format, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/
const contentType = "text/plain; version=0.0.4; charset=utf-8"

const (
	// maxReaders bounds the readings at once: one of them may ask the database.
	maxReaders = 4
	// maxReading is how long one may take.
	maxReading = 5 * time.Second
)

// text is a reading of all series.
type text struct{ b []byte }

// head begins a family.
func (t *text) head(name, kind, help string) {
	t.b = append(t.b, "# HELP "+name+" "+escapeHelp.Replace(help)+"\n# TYPE "+name+" "+kind+"\n"...)
}

// sample is one line. There are at least as many values as labels.
func (t *text) sample(name string, labels, values []string, v float64) {
	t.b = append(t.b, name...)
	for i, l := range labels {
		if i == 0 {
			t.b = append(t.b, '{')
		} else {
			t.b = append(t.b, ',')
		}
		t.b = append(t.b, l+`="`+escapeValue.Replace(values[i])+`"`...)
	}
	if len(labels) > 0 {
		t.b = append(t.b, '}')
	}
	t.b = append(t.b, ' ')
	t.b = append(t.b, number(v)...)
	t.b = append(t.b, '\n')
}

// one is a family of one series without labels.
func (t *text) one(name, kind, help string, v float64) {
	t.head(name, kind, help)
	t.sample(name, nil, nil, v)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// The format has no other escapes; in a help text a quotation mark stands for itself.
var (
	escapeValue = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)

// Handler serves the counters in Prometheus' text form.
func (r *Registry) Handler() http.Handler {
	readers := make(chan struct{}, maxReaders)
	return http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case readers <- struct{}{}:
			defer func() { <-readers }()
		default:
			http.Error(w, "too many readings at once", http.StatusServiceUnavailable)
			return
		}
		var t text
		for _, write := range r.all() {
			write(&t)
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(t.b) // the reader went away: nobody is left to tell
	}), maxReading, "reading takes too long")
}
