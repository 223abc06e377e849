package plot

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Series is a row of numbers with a name. NaN is a number that is not known: no bar, and a gap in a line.
type Series struct {
	Name   string
	Values []float64
}

// Plot is what is drawn. The zero value of a field is its default.
type Plot struct {
	// Title is the accessible name.
	Title string
	// Columns name the places on the axis below, the first one on the left. Every series has a value for each.
	Columns []string
	Series  []Series
	// Lines draws lines instead of bars. Bars of several series are stacked.
	Lines bool
}

// MaxSeries is how many series have a class of their own; further ones repeat them.
const MaxSeries = 8

// Class is the class of the nth series, from 0: "s1" to "s8".
func Class(n int) string { return "s" + strconv.Itoa(n%MaxSeries+1) }

// The measures of a drawing, in units of its view box. It is as wide as its place allows, so the numbers decide how
// large its text is on a phone.
const (
	width, height            = 400.0, 200.0
	left, right, top, bottom = 44.0, 8.0, 10.0, 24.0
	maxLabels                = 5 // on the axis below
	steps                    = 4 // on the axis at the left
)

// SVG draws the plot. Equal plots give equal drawings.
func (p Plot) SVG() template.HTML {
	d := drawing{top: p.scale()}
	d.add(`<svg class="plot" viewBox="0 0 %s %s" role="img" aria-label="%s">`, num(width), num(height),
		html.EscapeString(p.Title))
	d.axes(p.Columns)
	for i, s := range p.Series {
		if p.Lines {
			d.line(i, s.Values)
		}
	}
	if !p.Lines {
		d.bars(p.Series, len(p.Columns))
	}
	d.add(`</svg>`)
	return template.HTML(d.String())
}

// scale is the number at the top of the axis: the largest one, rounded up to one that divides well.
func (p Plot) scale() float64 {
	largest := 0.0
	for c := range p.Columns {
		stack := 0.0
		for _, s := range p.Series {
			v := s.at(c)
			if p.Lines {
				stack = max(stack, v)
			} else {
				stack += v
			}
		}
		largest = max(largest, stack)
	}
	if largest <= steps { // whole numbers at the steps
		return steps
	}
	unit := math.Pow(10, math.Floor(math.Log10(largest)))
	for _, m := range []float64{1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8} {
		if n := m * unit; n >= largest && math.Mod(n, steps) == 0 {
			return n
		}
	}
	return 10 * unit
}

// at is the value in a column, 0 for one that is not known, negative or missing.
func (s Series) at(column int) float64 {
	if column >= len(s.Values) || !(s.Values[column] > 0) || math.IsInf(s.Values[column], 0) {
		return 0
	}
	return s.Values[column]
}

// drawing is an SVG that is being written.
type drawing struct {
	strings.Builder
	top float64 // the number at the top of the axis
}

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// y is the height of a number.
func (d *drawing) y(v float64) float64 { return top + (height-top-bottom)*(1-v/d.top) }

// axes draws the lines with their numbers, and the names of at most maxLabels columns.
func (d *drawing) axes(columns []string) {
	for i := range steps + 1 {
		v := d.top * float64(i) / steps
		d.add(`<path class="grid" d="M%s %sH%s"/><text class="axis" x="%s" y="%s" text-anchor="end">%s</text>`,
			num(left), num(d.y(v)), num(width-right), num(left-6), num(d.y(v)+4), short(v))
	}
	every := (len(columns) + maxLabels - 1) / maxLabels
	for i, name := range columns {
		if i%every != 0 {
			continue
		}
		anchor := "middle"
		if every > 1 || len(columns) > 2 {
			switch {
			case i == 0:
				anchor = "start"
			case i == len(columns)-1:
				anchor = "end"
			}
		}
		d.add(`<text class="axis" x="%s" y="%s" text-anchor="%s">%s</text>`, num(middle(i, len(columns))),
			num(height-6), anchor, html.EscapeString(name))
	}
}

// middle is the middle of a column.
func middle(i, columns int) float64 {
	return left + (width-left-right)*(float64(i)+0.5)/float64(columns)
}

// bars draws the series on one another, the first one at the bottom.
func (d *drawing) bars(all []Series, columns int) {
	w := (width - left - right) / float64(max(columns, 1))
	thick := max(1, min(w*0.8, 32))
	for c := range columns {
		under := 0.0
		for i, s := range all {
			v := s.at(c)
			if v == 0 {
				continue
			}
			y := d.y(under + v)
			d.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, Class(i), num(middle(c, columns)-thick/2),
				num(y), num(thick), num(d.y(under)-y))
			under += v
		}
	}
}

// line draws a series as a line with gaps where a value is not known, and a dot for one between two gaps.
func (d *drawing) line(n int, values []float64) {
	var path []string
	flush := func() {
		switch {
		case len(path) == 1:
			xy := strings.Fields(path[0])
			d.add(`<circle class="%s" cx="%s" cy="%s" r="3"/>`, Class(n), xy[0], xy[1])
		case len(path) > 1:
			d.add(`<path class="line %s" d="M%s"/>`, Class(n), strings.Join(path, "L"))
		}
		path = nil
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			flush()
			continue
		}
		path = append(path, num(middle(i, len(values)))+" "+num(d.y(v)))
	}
	flush()
}

// num is a length with at most one decimal.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// short is a number for an axis: 1500 is 1.5k.
func short(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size {
			return num(v/unit.size) + unit.name
		}
	}
	return num(v)
}
