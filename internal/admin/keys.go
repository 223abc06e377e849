package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

const keyDay = 24 * time.Hour

// Keys is the page about the keys of the server API.
type Keys struct{}

// Rows are the page's rows.
func (k Keys) Rows() []Row {
	return []Row{
		View("keys", k.list).In("keys"),
		Change("keys", k.create),
		Change("keys/{id}/revoke", k.revoke),
	}
}

func (k Keys) list(w http.ResponseWriter, r *Request) error {
	return k.render(w, r, page.ConsoleKeys{})
}

func (k Keys) render(w http.ResponseWriter, r *Request, v page.ConsoleKeys) error {
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	if v.Keys, err = d.Keys.List(r.Context()); err != nil {
		return err
	}
	r.Inside("keys")
	v.ConsoleFrame = r.Frame()
	v.Path = Prefix + "/keys"
	v.Now, v.Scopes, v.MaxDays = r.shell.cfg.Kernel.Now(), apikey.Scopes, int(apikey.MaxLife/keyDay)
	return r.Render(w, v)
}

// create makes a key and shows its text once.
func (k Keys) create(w http.ResponseWriter, r *Request) error {
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	var scopes []apikey.Scope
	for _, s := range apikey.Scopes {
		if slices.Contains(r.PostForm["scope"], string(s)) {
			scopes = append(scopes, s)
		}
	}
	if err != nil || days < 1 || days > int(apikey.MaxLife/keyDay) || r.PostForm.Get("confirm") != "1" {
		return k.render(w, r, page.ConsoleKeys{Missing: true})
	}
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	name := strings.TrimSpace(r.PostForm.Get("name"))
	text, _, err := d.Keys.Create(r.Context(), name, scopes, time.Duration(days)*keyDay)
	if errors.Is(err, apikey.ErrName) || errors.Is(err, apikey.ErrScope) || errors.Is(err, apikey.ErrLife) {
		return k.render(w, r, page.ConsoleKeys{Missing: true})
	}
	if err != nil {
		return err
	}
	return k.render(w, r, page.ConsoleKeys{Created: text})
}

// revoke deletes a key.
func (k Keys) revoke(w http.ResponseWriter, r *Request) error {
	if r.PostForm.Get("confirm") != "1" {
		return k.render(w, r, page.ConsoleKeys{Missing: true})
	}
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	err = d.Keys.Revoke(r.Context(), r.PathValue("id"))
	if errors.Is(err, apikey.ErrNone) {
		return problem.New(problem.NotFound)
	}
	if err != nil {
		return err
	}
	return r.Done(w, "keys", page.FlashKeyRevoked)
}
