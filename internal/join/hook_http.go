package join

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/hook"
)

// HTTPHook calls the app over HTTP: a POST of {"type":"join.requested","data":{…}}, signed as in Standard Webhooks,
// with the request's ID as webhook-id. A valid answer has status 200 and a JSON body of one of three forms:
//
//	{"allow":true,"ref":"10482"}                      ref is optional
//	{"allow":false,"message":{"ko":"…","en":"…"}}     message and each of its members are optional
//	{"link":"https://app.example.com/…"}
func HTTPHook(c *hook.Client) Hook {
	return func(ctx context.Context, q HookRequest) (HookDecision, error) {
		body, err := json.Marshal(hookPayload{
			"join.requested", hookPayloadData{string(q.UserID), q.Provider, q.Namespace, q.Subject, q.Lang},
		})
		if err != nil {
			return HookDecision{}, err
		}
		a, err := c.Post(ctx, q.ID, body)
		if err != nil {
			return HookDecision{}, err
		}
		if a.Status != http.StatusOK {
			return HookDecision{}, fmt.Errorf("status %d", a.Status)
		}
		if t, _, err := mime.ParseMediaType(a.Type); err != nil || t != "application/json" {
			return HookDecision{}, errors.New("answer is not application/json")
		}
		return parseDecision(a.Body)
	}
}

type hookPayload struct {
	Type string          `json:"type"`
	Data hookPayloadData `json:"data"`
}

type hookPayloadData struct {
	UserID   string `json:"user_id"`
	Provider string `json:"provider"`
	App      string `json:"app"`
	Subject  string `json:"subject"`
	Lang     string `json:"lang"`
}

// parseDecision accepts exactly the three forms. encoding/json alone ignores case, duplicate and unknown members, so
// that a mistake of the app could let a user join. It also replaces what is not UTF-8, and different refs become one.
func parseDecision(body []byte) (HookDecision, error) {
	if !utf8.Valid(body) {
		return HookDecision{}, errors.New("invalid answer: not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	var out HookDecision
	seen := map[string]bool{}
	err := eachMember(d, func(name string) error {
		seen[name] = true
		switch name {
		case "allow":
			return next(d, &out.Allow)
		case "ref":
			return text(d, &out.Ref)
		case "link":
			return text(d, &out.Link)
		case "message":
			return eachMember(d, func(lang string) error {
				switch lang {
				case "ko":
					return next(d, &out.MessageKo)
				case "en":
					return next(d, &out.MessageEn)
				}
				return fmt.Errorf("unknown member of message")
			})
		}
		return errors.New("unknown member")
	})
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("trailing data")
		}
	}
	misplaced := seen["message"] && (out.Allow || seen["link"]) || seen["ref"] && !out.Allow
	if err == nil && (seen["allow"] == seen["link"] || misplaced) {
		err = errors.New("want allow or link, ref only if allowed, message only if refused")
	}
	if err != nil {
		return HookDecision{}, fmt.Errorf("invalid answer: %w", err)
	}
	return out, nil
}

// eachMember reads an object without duplicate members.
func eachMember(d *json.Decoder, value func(name string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not an object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		switch {
		case err != nil || !ok:
			return errors.New("not JSON")
		case seen[name]:
			return errors.New("duplicate member")
		}
		seen[name] = true
		if err := value(name); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errors.New("not JSON")
	}
	return nil
}

// next reads a value of exactly the type T.
func next[T bool | string](d *json.Decoder, to *T) error {
	t, err := d.Token()
	v, ok := t.(T)
	if err != nil || !ok {
		return errors.New("value of another type")
	}
	*to = v
	return nil
}

// text reads a string that is not empty.
func text(d *json.Decoder, to *string) error {
	if err := next(d, to); err != nil {
		return err
	}
	if *to == "" {
		return errors.New("empty value")
	}
	return nil
}
