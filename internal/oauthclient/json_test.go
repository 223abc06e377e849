package oauthclient

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseObject(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	for body, want := range map[string]string{ // the member "a" as it is, or "" for an error
		`{"a":1}`:                               `1`,
		" \t\r\n{ \"a\" :\n1 , \"b\":2 }\n":     `1`,
		`{"b":{"a":2},"a":{"b":[1,{"c":"}"}]}}`: `{"b":[1,{"c":"}"}]}`,
		`{"b":"\"}{,:","a":"x\\"}`:              `"x\\"`,
		`{"\u0061":"b"}`:                        `"b"`,
		`{"a":null,"":0}`:                       `null`,
		deep(16):                                strings.Repeat("[", 16) + strings.Repeat("]", 16),
		deep(17):                                ``,
		`{"a":1,"a":2}`:                         ``,
		`{"a":1,"\u0061":2}`:                    ``,
		`{"a":1}{}`:                             ``,
		`{"a":1},`:                              ``,
		`{"a":1,}`:                              ``,
		`{"a":01}`:                              ``,
		`{"a":1`:                                ``,
		"\u00a0{\"a\":1}":                       ``,
		`[{"a":1}]`:                             ``,
		`null`:                                  ``,
		``:                                      ``,
	} {
		o, err := ParseObject([]byte(body))
		if got := string(o["a"]); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	for _, body := range []string{`{}`, ` { } `} {
		if o, err := ParseObject([]byte(body)); err != nil || len(o) != 0 {
			t.Errorf("%s: %v, %v", body, o, err)
		}
	}
}

func TestMembersAreReadByType(t *testing.T) {
	t.Parallel()
	o, err := ParseObject([]byte("{\"s\":\"a\\u00e9\",\"n\":-1.5e3,\"bad\":\"\xff\",\"b\":true,\"l\":[\"x\"],\"z\":null}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"s": "aé", "n": "-1.5e3", "bad": "\ufffd", "b": "", "l": "", "z": "", "-": "",
	} {
		if got := o.Text(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
		if s, ok := o.String(name); ok != (name == "s" || name == "bad") || ok && s != want {
			t.Errorf("%s: %q, %v", name, s, ok)
		}
	}
}

// FuzzParseObject compares with encoding/json, which keeps the last of repeated names.
func FuzzParseObject(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,"\"}"]},"c":"\u0061"}`))
	f.Add([]byte(` {} `))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := ParseObject(body)
		var want map[string]json.RawMessage
		valid := json.Unmarshal(body, &want) == nil && want != nil
		if err == nil && (!valid || len(o) != len(want)) {
			t.Fatalf("%q gave %v", body, o)
		}
		for name, value := range o {
			if string(want[name]) != string(value) || !utf8.ValidString(o.Text(name)) {
				t.Fatalf("%q: %q is %q, want %q", body, name, value, want[name])
			}
		}
	})
}
