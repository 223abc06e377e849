package audit_test

import (
	"testing"

	"github.com/norang-login/norang/internal/audit"
)

func TestClassOfWhoActs(t *testing.T) {
	for actor, want := range map[string]audit.Class{
		"operator:kim": audit.Handler, "key:01932b1c": audit.Handler,
		"01932b1c-0000-7000-8000-000000000001": audit.Member, "system": audit.Member, "provider:kakao": audit.Member, "": audit.Member, "operator": audit.Member,
	} {
		if got := (audit.Event{Actor: actor}).Class(); got != want {
			t.Errorf("%q: %s, want %s", actor, got, want)
		}
	}
}
