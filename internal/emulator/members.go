package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// DecodeJSON reads one JSON value into v. Unknown members are errors that list the known ones; renamed has the present
// names of former members of the outermost object, and may be nil.
func DecodeJSON(b []byte, v any, renamed map[string]string) error {
	var members any
	dec := json.NewDecoder(strings.NewReader(string(b)))
	if err := dec.Decode(&members); err != nil {
		return err
	}
	if dec.More() {
		return errors.New("unexpected data after the JSON value")
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
// file replaces the built-in one with its id.
func Accounts[A any](keep *bool, builtin, own []A, id func(A) string) []A {
	all := []A{}
	if keep == nil || *keep {
		all = append(all, builtin...)
	}
	for _, a := range own {
		if i := slices.IndexFunc(all, func(b A) bool { return id(b) == id(a) }); i >= 0 {
			all[i] = a
		} else {
			all = append(all, a)
		}
	}
	return all
}

// CheckMembers reports every member of decoded TOML or JSON for which type t has no field with that JSON name.
func CheckMembers(v any, t reflect.Type, renamed map[string]string) error {
	return checkMembers(v, t, renamed, "")
}

func checkMembers(v any, t reflect.Type, renamed map[string]string, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var faults []error
	switch v := v.(type) {
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return nil
		}
		fields := MemberTypes(t)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			field, ok := fields[name]
			switch {
			case ok:
				faults = append(faults, checkMembers(v[name], field, nil, path+name+"."))
			case renamed[name] != "":
				faults = append(faults, fmt.Errorf("unknown member %q: it is now called %q", name, renamed[name]))
			default:
				faults = append(faults, fmt.Errorf("unknown member %q%s", path+name,
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
func OneOf(known []string) string {
	const most = 100
	if len(known) > most {
		known = append(slices.Clone(known[:most]), "…")
	}
	return "; known: " + strings.Join(known, ", ")
}
