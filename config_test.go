package norang_test

import (
	"errors"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/app"
)

func TestConfigErrorsNameGoFields(t *testing.T) {
	_, err := norang.New(norang.Config{URL: "https://www.example.com/", Rejoin: "restore", Age: "x"})
	var fields []string
	for _, e := range norang.ConfigErrors(err) {
		fields = append(fields, e.Field)
		if strings.Contains(e.Error(), "NORANG_") || strings.Contains(e.Error(), "KAKAO_") {
			t.Errorf("a setting instead of a field in %q", e)
		}
		if inner := (*app.ConfigError)(nil); !errors.As(error(e), &inner) || inner.Field != e.Field {
			t.Errorf("%v does not wrap the error of the command", e)
		}
	}
	want := []string{"Kakao.ClientID", "Kakao.ClientSecret", "Kakao.AppID", "Kakao.AdminKeys", "Age", "Rejoin"}
	if !reflect.DeepEqual(fields, want) {
		t.Errorf("got %q, want %q: %v", fields, want, err)
	}
	if (norang.Config{URL: "x"}).Check() == nil {
		t.Error("Check accepts what New rejects")
	}
	if errs := norang.ConfigErrors(errors.New("disk full")); errs != nil {
		t.Errorf("another error is reported as %v", errs)
	}
}

// Every field of a public record reaches its internal twin: no setting of a Go caller is dropped on the way.
func TestEveryFieldOfConfigIsPassedOn(t *testing.T) {
	public, internal := reflect.TypeFor[norang.Config](), reflect.TypeFor[app.Config]()
	for i := range public.NumField() {
		if _, ok := internal.FieldByName(public.Field(i).Name); !ok {
			t.Errorf("app.Config has no %s", public.Field(i).Name)
		}
	}
	if public.NumField() != internal.NumField() {
		t.Errorf("norang.Config has %d fields, app.Config %d", public.NumField(), internal.NumField())
	}
	filled := fill(public)
	for _, path := range zeroFields(reflect.ValueOf(norang.Internal(filled.Interface().(norang.Config))), "Config") {
		t.Errorf("%s is not passed on", path)
	}
}

// zeroFields lists the exported fields within v that are zero.
func zeroFields(v reflect.Value, path string) []string {
	if v.Kind() != reflect.Struct {
		if v.IsZero() {
			return []string{path}
		}
		return nil
	}
	var zero []string
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			zero = append(zero, zeroFields(v.Field(i), path+"."+f.Name)...)
		}
	}
	return zero
}

// fill makes a value of a type in which no field is zero.
func fill(typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Slice:
		v.Set(reflect.Append(v, fill(typ.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(fill(typ.Key()), fill(typ.Elem()))
	case reflect.Func:
		v.Set(reflect.MakeFunc(typ, func([]reflect.Value) []reflect.Value { return nil }))
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
	case reflect.Interface:
		for _, candidate := range []any{os.DirFS("."), os.Stdin, http.DefaultTransport} {
			if reflect.TypeOf(candidate).Implements(typ) {
				v.Set(reflect.ValueOf(candidate))
			}
		}
	case reflect.Struct:
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				v.Field(i).Set(fill(typ.Field(i).Type))
			}
		}
	}
	return v
}
