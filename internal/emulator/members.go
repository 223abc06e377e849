package emulator

import (
	"encoding"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// DecodeJSON reads one JSON value into v. Unknown members are errors that list the known ones; renamed has the present
// names of former members of the outermost object, and may be nil.
func DecodeJSON(b []byte, v any, renamed map[string]string) error {
	var members any
	if err := json.Unmarshal(b, &members); err != nil {
		return Errorf("JSON이 아닙니다(%v)", "not JSON: %v", err)
	}
	if err := CheckMembers(members, reflect.TypeOf(v), renamed); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// ParseSection reads a section of a configuration file with [DecodeJSON]. An empty section is valid.
func ParseSection[F any](section json.RawMessage) (f F, err error) {
	if len(section) == 0 {
		return f, nil
	}
	return f, DecodeJSON(section, &f, nil)
}

// Accounts returns the built-in accounts, unless keep is false, with those of a configuration file. An account of the
// file replaces the built-in one with its id; two accounts of the file with one id stay two, so that they are refused.
func Accounts[A any](keep *bool, builtin, own []A, id func(A) string) []A {
	all := []A{}
	if keep == nil || *keep {
		all = append(all, builtin...)
	}
	seen := map[string]bool{}
	for _, a := range own {
		name := id(a)
		if i := slices.IndexFunc(all, func(b A) bool { return id(b) == name }); i >= 0 && !seen[name] {
			all[i] = a
		} else {
			all = append(all, a)
		}
		seen[name] = true
	}
	return all
}

// CheckMembers reports every member of decoded TOML or JSON for which type t has no field with that JSON name, and
// every value of another type than its field.
func CheckMembers(v any, t reflect.Type, renamed map[string]string) error {
	return checkMembers(v, t, renamed, "")
}

func checkMembers(v any, t reflect.Type, renamed map[string]string, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if err := checkValue(v, t); err != nil {
		if path == "" {
			return err
		}
		return Errorf("%s: %v", "%s %v", path, err)
	}
	var faults []error
	switch v := v.(type) {
	case map[string]any:
		if t.Kind() != reflect.Struct {
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if t.Kind() == reflect.Map {
					faults = append(faults, checkMembers(v[name], t.Elem(), nil, path+"."+name))
				}
			}
			return errors.Join(faults...)
		}
		fields := MemberTypes(t)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			full := strings.TrimPrefix(path+"."+name, ".")
			field, ok := fields[name]
			switch {
			case ok:
				faults = append(faults, checkMembers(v[name], field, nil, full))
			case renamed[name] != "":
				faults = append(faults, Errorf("모르는 멤버입니다: %q. 이제 이름은 %q입니다",
					"unknown member %q: it is now called %q", name, renamed[name]))
			default:
				faults = append(faults, Errorf("모르는 멤버입니다: %q%s", "unknown member %q%s", full,
					OneOf(slices.Sorted(maps.Keys(fields)))))
			}
		}
	case []any:
		for _, item := range v {
			if t.Kind() == reflect.Slice {
				faults = append(faults, checkMembers(item, t.Elem(), nil, path))
			}
		}
	case []map[string]any: // TOML's array of tables
		for _, item := range v {
			if t.Kind() == reflect.Slice {
				faults = append(faults, checkMembers(item, t.Elem(), nil, path))
			}
		}
	}
	return errors.Join(faults...)
}

// valueTypes are the names of decoded values and of what fields hold, by kind.
var valueTypes = map[reflect.Kind]Text{
	reflect.Bool: {"true나 false", "true or false"}, reflect.Int: {"정수", "a whole number"},
	reflect.Float64: {"숫자", "a number"}, reflect.String: {"글자", "text"}, reflect.Slice: {"배열", "an array"},
	reflect.Map: {"객체", "an object"}, reflect.Struct: {"시각", "a time"},
}

// checkValue checks a decoded value, for which the decoders have no words but those of Go.
func checkValue(v any, t reflect.Type) error {
	if v == nil { // JSON's null sets nothing
		return nil
	}
	got, want := reflect.TypeOf(v).Kind(), t.Kind()
	parsed, isText := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	switch {
	case isText && got == reflect.String:
		err := parsed.UnmarshalText([]byte(v.(string)))
		if _, ours := errors.AsType[*Error](err); err != nil && !ours {
			return Errorf("값이 올바르지 않습니다: %v", "is invalid: %v", err)
		}
		return err
	case isText && got == reflect.Struct: // a time of TOML
		return nil
	case isText:
		want = reflect.String
	case want >= reflect.Int && want <= reflect.Uint64:
		want = reflect.Int
	case want == reflect.Struct:
		want = reflect.Map
	}
	if got == reflect.Int64 || got == reflect.Float64 && v.(float64) == math.Trunc(v.(float64)) {
		got = reflect.Int
	}
	name, known := valueTypes[want]
	if !known || got == want || want == reflect.Float64 && got == reflect.Int {
		return nil
	}
	return Errorf("종류가 다른 값입니다. 필요한 것: %s, 적은 것: %s", "must be %s, got %s", name, valueTypes[got])
}

// MemberTypes maps the member names of a struct to the types of its fields, those of embedded structs included.
func MemberTypes(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			fields[name] = f.Type
		}
	}
	return fields
}

// OneOf ends an error about an unknown name with the known ones.
func OneOf(known []string) Text {
	const most = 100
	if len(known) > most {
		known = append(slices.Clone(known[:most]), "…")
	}
	return Textf(". 가능한 값: %s", "; known: %s", strings.Join(known, ", "))
}
