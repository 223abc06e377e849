package app

import (
	"fmt"
	"reflect"
)

// FromPublic returns the configuration with the values of a norang.Config, whose package imports this one. Every field
// has a twin here with the same name and the same kind of value. Functions with arguments of other types are left to
// the caller. It panics if a field has no twin.
func FromPublic(public any) (cfg Config) {
	copyValue(reflect.ValueOf(&cfg).Elem(), reflect.ValueOf(public))
	return cfg
}

func copyValue(to, from reflect.Value) {
	switch kind := from.Kind(); {
	case kind != to.Kind(): // invalid if there is no field of that name
		panic(fmt.Sprintf("app: a field of type %v has no twin", from.Type()))
	case from.CanConvert(to.Type()):
		to.Set(from.Convert(to.Type()))
	case kind == reflect.Struct:
		for i := range from.NumField() {
			copyValue(to.FieldByName(from.Type().Field(i).Name), from.Field(i))
		}
	case kind == reflect.Slice && !from.IsNil():
		to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyValue(to.Index(i), from.Index(i))
		}
	}
}
