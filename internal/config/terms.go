package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/norang-login/norang"
)

// assignTerms reads the terms from the tables of a file or from JSON.
func assignTerms(to *[]norang.Term, g given) *problem {
	rows, p := termRows(g)
	if p != nil {
		return p
	}
	*to = nil
	for i, row := range rows {
		t, p := parseTerm(i+1, row)
		if p != nil {
			return p
		}
		*to = append(*to, t)
	}
	return nil
}

func termRows(g given) ([]map[string]any, *problem) {
	if rows, ok := g.native.([]map[string]any); ok {
		return rows, nil
	}
	if g.native != nil {
		return nil, wrong("약관마다 [[terms]]로 시작하는 표로 적으십시오.",
			"must be tables that begin with [[terms]], one for each term")
	}
	rows, err := jsonRows(g.text)
	if err != nil {
		return nil, wrong(`JSON 배열이어야 합니다: [{"tag":"…", …}] (%v)`, `must be a JSON array: [{"tag":"…", …}] (%v)`, err)
	}
	return rows, nil
}

// parseTerm reads the members of one term; names must be exact.
func parseTerm(number int, row map[string]any) (t norang.Term, p *problem) {
	texts := map[string]*string{
		"tag": &t.Tag, "version": &t.Version, "title_ko": &t.TitleKo, "title_en": &t.TitleEn, "url": &t.URL,
	}
	switches := map[string]*bool{"required": &t.Required, "marketing": &t.Marketing}
	for _, name := range slices.Sorted(maps.Keys(row)) {
		text, isText := texts[name]
		on, isSwitch := switches[name]
		var ok bool
		switch {
		case isText:
			if *text, ok = row[name].(string); !ok {
				return t, wrong("약관 %d: %s 값은 글자여야 합니다.", "term %d: %s must be a text", number, name)
			}
		case isSwitch:
			if *on, ok = row[name].(bool); !ok {
				return t, wrong("약관 %d: %s 값은 true 또는 false여야 합니다.", "term %d: %s must be true or false", number, name)
			}
		default:
			known := slices.Concat(slices.Sorted(maps.Keys(texts)), slices.Sorted(maps.Keys(switches)))
			return t, wrong("약관 %d: %q 항목은 없습니다. 쓸 수 있는 항목: %s", "term %d: unknown member %q, known are %s",
				number, clip(name), strings.Join(known, ", "))
		}
	}
	return t, nil
}

// jsonRows parses an array of flat objects. encoding/json alone would accept names in any case and duplicates, so
// that a misspelt "Required" could make a term optional unnoticed.
func jsonRows(text string) ([]map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	if err := delim(d, '['); err != nil {
		return nil, err
	}
	var rows []map[string]any
	for d.More() {
		row, err := jsonRow(d)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if err := delim(d, ']'); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF { // More takes a further ] for the end
		return nil, errors.New("data after the end")
	}
	return rows, nil
}

func jsonRow(d *json.Decoder) (map[string]any, error) {
	if err := delim(d, '{'); err != nil {
		return nil, err
	}
	row := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := name.(string) // the decoder accepts nothing else as a name
		if _, twice := row[key]; twice {
			return nil, fmt.Errorf("duplicate member %q", clip(key))
		}
		v, err := d.Token()
		if err != nil {
			return nil, err
		}
		if _, nested := v.(json.Delim); nested {
			return nil, fmt.Errorf("%q must be a text or true or false", clip(key))
		}
		row[key] = v
	}
	return row, delim(d, '}')
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = fmt.Errorf("want %v, got %v", want, t)
	}
	return err
}
