package norangtest

import (
	"reflect"
	"testing"

	"github.com/norang-login/norang"
)

func TestNoLimitsLeavesNoRate(t *testing.T) {
	t.Parallel()
	limits := reflect.ValueOf(noLimits())
	for i := range limits.NumField() {
		if r, ok := limits.Field(i).Interface().(norang.Rate); ok && r.PerMinute >= 0 {
			t.Errorf("%s is %+v", limits.Type().Field(i).Name, r)
		}
	}
}
