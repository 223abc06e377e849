package cli

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
)

// Every setting reaches what doctor, init, try and the privacy policy examine, but for those that they do without.
func TestExaminedSettingsAreComplete(t *testing.T) {
	t.Parallel()
	without := []string{
		"ConsoleSettings", "Templates", "JoinHook", "Brand", "Limits", "SessionCache", "MaxLogins", "Reconcile", "Dev",
		"AccessLog", "Log", "Now", "Random", "Transport",
	}
	var s config.Settings
	fillFields(reflect.ValueOf(&s.Config).Elem())
	got := reflect.ValueOf(appConfig(s))
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		if got.Field(i).IsZero() != slices.Contains(without, name) {
			t.Errorf("%s is left out: %v", name, got.Field(i).IsZero())
		}
	}
	if reflect.TypeFor[norang.Config]().NumField() != got.NumField() {
		t.Error("norang.Config and app.Config differ")
	}
}

// fillFields sets every field of plain type.
func fillFields(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillFields(v.Field(i))
			}
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(time.Hour))
	case reflect.Slice:
		one := reflect.New(v.Type().Elem()).Elem()
		fillFields(one)
		v.Set(reflect.Append(v, one))
	}
}
