package admin

import (
	"net/http/httptest"
	"testing"

	"github.com/norang-login/norang/internal/web"
)

// The link to the next page changes no parameter of this one: on the first page, nothing leads to the first.
func TestALinkChangesNoParameterOfTheRequest(t *testing.T) {
	t.Parallel()
	r := &Request{Request: &web.Request{Request: httptest.NewRequest("GET", "/list?notice=saved&state=dead", nil)}}
	if got, want := r.Link("after", "7"), "/list?after=7&state=dead"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if q := r.Query(); len(q) != 2 || q.Get("notice") != "saved" || r.After() != "" {
		t.Errorf("the request has %v now", q)
	}
}
