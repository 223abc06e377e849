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

	"github.com/norang-login/norang/internal/hook"
)

// HTTPHook asks over HTTP: a POST of {"type":"join.requested","data":{…}}, signed as Standard Webhooks are, with the
// question's ID as webhook-id. Only a status of 200 with a JSON body of one of three forms is an answer:
//
//	{"allow":true,"ref":"10482"}                      ref may be left out
//	{"allow":false,"message":{"ko":"…","en":"…"}}     message, and each of its members, may be left out
//	{"link":"https://app.example.com/…"}
func HTTPHook(c *hook.Client) Hook {
	return func(ctx context.Context, q HookRequest) (HookDecision, error) {
		body, err := json.Marshal(hookPayload{"join.requested", hookPayloadData{string(q.UserID), q.Provider, q.Namespace, q.Subject, q.Lang}})
		if err != nil {
			return HookDecision{}, err
		}
		a, err := c.Post(ctx, q.ID, body)
		if err != nil {
			return HookDecision{}, err
		}
		if a.Status != http.StatusOK {
			return HookDecision{}, fmt.Errorf("answered with status %d", a.Status)
		}
		if t, _, err := mime.ParseMediaType(a.Type); err != nil || t != "application/json" {
			return HookDecision{}, errors.New("the answer is not application/json")
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

// parseDecision takes the three forms to the letter: encoding/json alone would match names without regard to case, let
// the last of two win, and pass over what it does not know, so that a slip of the app's could let somebody in.
func parseDecision(body []byte) (HookDecision, error) {
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
			err = errors.New("something follows")
		}
	}
	if err == nil && (seen["allow"] == seen["link"] || seen["message"] && (out.Allow || seen["link"]) || seen["ref"] && !out.Allow) {
		err = errors.New("want allow or link, ref only if allowed, message only if refused")
	}
	if err != nil {
		return HookDecision{}, fmt.Errorf("the answer is no decision: %w", err)
	}
	return out, nil
}

// eachMember reads an object whose names stand once.
func eachMember(d *json.Decoder, value func(name string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("no object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		switch {
		case err != nil || !ok:
			return errors.New("no JSON")
		case seen[name]:
			return errors.New("a name stands twice")
		}
		seen[name] = true
		if err := value(name); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errors.New("no JSON")
	}
	return nil
}

// next reads a value of exactly a type.
func next[T bool | string](d *json.Decoder, to *T) error {
	t, err := d.Token()
	v, ok := t.(T)
	if err != nil || !ok {
		return errors.New("a value of another type")
	}
	*to = v
	return nil
}

// text is next for a string that must not be empty.
func text(d *json.Decoder, to *string) error {
	if err := next(d, to); err != nil {
		return err
	}
	if *to == "" {
		return errors.New("an empty value")
	}
	return nil
}
