package audit_test

import (
	"testing"

	"github.com/norang-login/norang/internal/audit"
)

func TestClassDependsOnTheActor(t *testing.T) {
	t.Parallel()
	for actor, want := range map[string]audit.Class{
		"operator:kim": audit.AccessLog, "key:01932b1c": audit.AccessLog,
		"01932b1c-0000-7000-8000-000000000001": audit.UserLog, "system": audit.UserLog, "provider:kakao": audit.UserLog,
		"": audit.UserLog, "operator": audit.UserLog,
	} {
		if got := (audit.Event{Actor: actor}).Class(); got != want {
			t.Errorf("%q: %s, want %s", actor, got, want)
		}
	}
}
