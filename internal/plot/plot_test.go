package plot_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/plot"
)

var update = flag.Bool("update", false, "write the golden files")

func hours(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%02d:00", i%24))
	}
	return all
}

func plots() map[string]plot.Plot {
	day := plot.Plot{Title: "Sign-ins", Columns: hours(24), Series: []plot.Series{{Name: "returned"}, {Name: "missing"}}}
	for i := range 24 {
		day.Series[0].Values = append(day.Series[0].Values, float64(i*i))
		day.Series[1].Values = append(day.Series[1].Values, float64(i%3)*10)
	}
	latency := plot.Plot{Title: "Latency", Columns: hours(24), Lines: true}
	for n := range 3 {
		s := plot.Series{Name: fmt.Sprint("call ", n)}
		for i := range 24 {
			v := 100*float64(n+1) + 40*math.Sin(float64(i+n))
			if i == 5 || i == 7 || n == 2 && i < 20 {
				v = math.NaN()
			}
			s.Values = append(s.Values, v)
		}
		latency.Series = append(latency.Series, s)
	}
	many := plot.Plot{Title: "Failures", Columns: hours(31)}
	for n := range 10 {
		s := plot.Series{Name: fmt.Sprint(n)}
		for i := range 31 {
			s.Values = append(s.Values, float64((i*n)%7)*1e6)
		}
		many.Series = append(many.Series, s)
	}
	return map[string]plot.Plot{
		"bars": day, "lines": latency, "many": many,
		"empty":   {Title: "Nothing", Columns: hours(24), Series: []plot.Series{{Name: "a", Values: make([]float64, 24)}}},
		"one":     {Title: "One", Columns: []string{"09:00"}, Series: []plot.Series{{Name: "a", Values: []float64{1}}}},
		"nothing": {Title: "No columns"},
		"odd": {
			Title: `<script>"&'`, Columns: []string{"<a>", "b", "c"},
			Series: []plot.Series{{Values: []float64{-5, math.Inf(1), math.NaN()}}, {Values: []float64{3}}},
		},
	}
}

func TestPlotsAreDrawnAsBefore(t *testing.T) {
	t.Parallel()
	for name, p := range plots() {
		file, got := filepath.Join("testdata", name+".svg"), strings.ReplaceAll(string(p.SVG()), "><", ">\n<")+"\n"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A drawing is well-formed, has a name, no style and no script, and stays within its box.
func TestDrawingsFitPagesWithoutStyles(t *testing.T) {
	t.Parallel()
	for name, p := range plots() {
		svg := string(p.SVG())
		for _, forbidden := range []string{"style", "<script", "onload", "NaN", "Inf", "url("} {
			if strings.Contains(svg, forbidden) {
				t.Errorf("%s: contains %q", name, forbidden)
			}
		}
		d := xml.NewDecoder(strings.NewReader(svg))
		named := false
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range e.Attr {
				named = named || a.Name.Local == "aria-label" && a.Value == p.Title
				var v float64
				if n, _ := fmt.Sscan(a.Value, &v); n == 1 && (v < 0 || v > 400) {
					t.Errorf("%s: %s %s=%s is outside", name, e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
		if !named {
			t.Errorf("%s: has no name", name)
		}
	}
}
