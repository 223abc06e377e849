package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Action is what the form of the console's button does. The result is what the console says then, as its parameter
// done; "" for nothing.
type Action func(r *http.Request, form url.Values) (done string)

// Register registers the address in a request that was refused, which is then repeated.
type Register func(r *http.Request, refused url.Values) error

// do answers a form of the console.
func (act Action) do(_ http.ResponseWriter, r *http.Request) (to string) {
	q := url.Values{"lang": {Language(r)}}
	if done := act(r, r.PostForm); done != "" {
		q.Set("done", done)
	}
	return "/-/?" + q.Encode()
}

// do answers the form of [Call.WrongAddress].
func (add Register) do(rw http.ResponseWriter, r *http.Request) (to string) {
	back, err := url.Parse(r.PostForm.Get("back"))
	if err != nil || back.Scheme != "" || back.Host != "" || !strings.HasPrefix(back.Path, "/") {
		http.Error(rw, "malformed form", http.StatusBadRequest)
		return ""
	}
	if err := add(r, back.Query()); err != nil {
		http.Error(rw, Message(err).In(Language(r)), http.StatusBadRequest)
		return ""
	}
	return (&url.URL{Path: back.Path, RawQuery: back.RawQuery}).String()
}

// form reads a form and sends the browser to the address that do returns; "" if do has answered.
func form(do func(http.ResponseWriter, *http.Request) (to string)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			http.Error(rw, "malformed form", http.StatusBadRequest)
			return
		}
		if to := do(rw, r); to != "" {
			http.Redirect(rw, r, to, http.StatusSeeOther)
		}
	}
}

// AppendNew appends the texts that a list does not have.
func AppendNew(list []string, texts ...string) []string {
	for _, s := range texts {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
