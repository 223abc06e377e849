package cli

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
)

// fill gives every field of a struct a value of its own.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[netip.Prefix]() {
			v.Set(reflect.ValueOf(netip.MustParsePrefix("10.0.0.0/8")))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.String:
		v.SetString(v.Type().Name() + "-value")
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(time.Hour))
	case reflect.Bool:
		v.SetBool(true)
	}
}

// Every setting arrives: a field that compose forgets is a setting that does nothing.
func TestComposeForgetsNothing(t *testing.T) {
	var whole config.Settings
	fill(reflect.ValueOf(&whole).Elem())
	full := compose(whole, quietLog())
	var walk func(path string, index []int, typ reflect.Type)
	walk = func(path string, index []int, typ reflect.Type) {
		for i := range typ.NumField() {
			f, at := typ.Field(i), append(append([]int{}, index...), i)
			if f.Type.Kind() == reflect.Struct {
				walk(path+f.Name+".", at, f.Type)
				continue
			}
			if path+f.Name == "Listen" || path+f.Name == "OpsListen" {
				continue // serve's own
			}
			less := whole
			reflect.ValueOf(&less).Elem().FieldByIndex(at).SetZero()
			if cmp.Equal(full, compose(less, quietLog()), cmpopts.IgnoreFields(norang.Config{}, "Log"), cmpopts.EquateComparable(netip.Prefix{})) {
				t.Errorf("%s%s makes no difference", path, f.Name)
			}
		}
	}
	walk("", nil, reflect.TypeFor[config.Settings]())
}
