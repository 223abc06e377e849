package cli

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/norang-login/norang/internal/config"
)

// settingFlags are flags built from the table of settings. kong reads flags from a struct; this one is built at run
// time, with a pointer for each flag that stays nil if it is not given.
type settingFlags struct {
	target any // pointer to the struct
	rows   []config.Setting
}

func allSettings(config.Setting) bool { return true }

func isDatabase(s config.Setting) bool { return s.Name == "NORANG_DATABASE" }

func newSettingFlags(want func(config.Setting) bool) *settingFlags {
	f := &settingFlags{rows: slices.DeleteFunc(config.Table(), func(s config.Setting) bool { return !want(s) })}
	var fields []reflect.StructField
	for i, s := range f.rows {
		kind, placeholder := reflect.TypeFor[*string](), "VALUE"
		if s.Switch() {
			kind = reflect.TypeFor[*bool]()
		}
		if s.Secret() {
			placeholder = "FILE"
		}
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("Setting%d", i), Type: kind,
			Tag: reflect.StructTag(fmt.Sprintf(`name:%q help:%q placeholder:%q`, s.FlagName(), s.Name, placeholder)),
		})
	}
	f.target = reflect.New(reflect.StructOf(fields)).Interface()
	return f
}

// given returns the flags that were given, as config.Sources wants them.
func (f *settingFlags) given() map[string]string {
	out := map[string]string{}
	v := reflect.ValueOf(f.target).Elem()
	for i, s := range f.rows {
		name := s.Name
		if s.Secret() {
			name += "_FILE"
		}
		switch p := v.Field(i).Interface().(type) {
		case *string:
			if p != nil {
				out[name] = *p
			}
		case *bool:
			if p != nil && *p {
				out[name] = "1"
			} else if p != nil {
				out[name] = "0"
			}
		}
	}
	return out
}
