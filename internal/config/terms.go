package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// assignTerms reads the terms from the tables of a file or from JSON.
func assignTerms(to *[]Term, g given) *Text {
	rows, problem := termRows(g)
	if problem != nil {
		return problem
	}
	*to = nil
	for i, row := range rows {
		var t Term
		if problem := t.fill(i+1, row); problem != nil {
			return problem
		}
		*to = append(*to, t)
	}
	return nil
}

func termRows(g given) ([]map[string]any, *Text) {
	if rows, ok := g.native.([]map[string]any); ok {
		return rows, nil
	}
	if g.native != nil {
		t := say("약관마다 [[terms]]로 시작하는 표로 적으십시오.", "must be tables that begin with [[terms]], one a term")
		return nil, &t
	}
	return jsonRows(g.text)
}

// fill reads the members of one term; names must be exact.
func (t *Term) fill(number int, row map[string]any) *Text {
	texts := map[string]*string{"tag": &t.Tag, "version": &t.Version, "title_ko": &t.TitleKo, "title_en": &t.TitleEn, "url": &t.URL}
	switches := map[string]*bool{"required": &t.Required, "marketing": &t.Marketing}
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if p, ok := texts[name]; ok {
			if *p, ok = row[name].(string); ok {
				continue
			}
			problem := say("약관 %d: %s 값은 글자여야 합니다.", "term %d: %s must be a text", number, name)
			return &problem
		}
		if p, ok := switches[name]; ok {
			if *p, ok = row[name].(bool); ok {
				continue
			}
			problem := say("약관 %d: %s 값은 true 또는 false여야 합니다.", "term %d: %s must be true or false", number, name)
			return &problem
		}
		known := slices.Concat(slices.Sorted(maps.Keys(texts)), slices.Sorted(maps.Keys(switches)))
		problem := say("약관 %d: %q 항목은 없습니다. 쓸 수 있는 항목: %s", "term %d has an unknown member %q; there are %s", number, clip(name), strings.Join(known, ", "))
		return &problem
	}
	return nil
}

// jsonRows reads an array of flat objects. encoding/json alone would take names in any case and the last of two equal
// ones, so that a misspelt "Required" could make a term optional unnoticed.
func jsonRows(text string) ([]map[string]any, *Text) {
	broken := func(err error) ([]map[string]any, *Text) {
		t := say(`JSON 배열이어야 합니다: [{"tag":"…", …}] (%v)`, `must be a JSON array: [{"tag":"…", …}] (%v)`, err)
		return nil, &t
	}
	d := json.NewDecoder(strings.NewReader(text))
	if err := delim(d, '['); err != nil {
		return broken(err)
	}
	var rows []map[string]any
	for d.More() {
		row, err := jsonRow(d)
		if err != nil {
			return broken(err)
		}
		rows = append(rows, row)
	}
	if err := delim(d, ']'); err != nil {
		return broken(err)
	}
	if d.More() {
		return broken(fmt.Errorf("more after the end"))
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
		key := name.(string) // the decoder lets nothing else be a name
		if _, twice := row[key]; twice {
			return nil, fmt.Errorf("%q stands twice", clip(key))
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
