package appletest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/norang-login/norang/internal/emulator"
)

// NoticeSend says how to send a notice by hand. The zero value sends it as Apple does, and as the team's switches say.
type NoticeSend struct {
	Audience string         `json:"audience"` // default the first bundle id, also for users of the web
	Subject  string         `json:"subject"`  // in place of the account's
	ID       string         `json:"id"`       // jti; default random
	Claims   map[string]any `json:"claims"`   // changes the claims; null removes one
	Header   map[string]any `json:"header"`   // changes the header
	WrongKey bool           `json:"wrong_key"`
}

// SendNotice sends a server-to-server notice about an account and waits for the answer. It changes nothing else. Apple
// documents no repetition; NoticesTwice sends it twice.
func (s *Server) SendNotice(ctx context.Context, account, kind string, how NoticeSend) Delivery {
	var to, body string
	twice := false
	s.core.Locked(func() {
		to, twice = s.w.team.NoticeURL, s.w.team.NoticesTwice
		if kind == "account-deleted" && s.w.team.AccountDelete {
			kind = "account-delete"
		}
		body = s.noticeBody(account, kind, how)
	})
	d := Delivery{What: kind, Account: account, URL: to}
	out := s.core.Post(ctx, d, "application/json", body, http.StatusOK)
	if twice {
		out = s.core.Post(ctx, d, "application/json", body, http.StatusOK)
	}
	return out
}

// noticeBody is {"payload": JWT}.
func (s *Server) noticeBody(account, kind string, how NoticeSend) string {
	now := s.core.Time()
	sub, aud, id := how.Subject, how.Audience, how.ID
	if sub == "" {
		sub = subject(s.w.team.TeamID, account)
	}
	if aud == "" {
		if aud = s.w.team.BundleID(); aud == "" {
			aud = s.w.team.ServicesID()
		}
	}
	if id == "" {
		id = s.core.Random(16)
	}
	at := now.UnixMilli()
	if s.w.team.EventSeconds {
		at = now.Unix()
	}
	event := map[string]any{"type": kind, "sub": sub, "event_time": at}
	if kind == "email-disabled" || kind == "email-enabled" {
		event["email"], event["is_private_email"] = relay(s.w.team.TeamID, account), "true"
	}
	claims := map[string]any{"iss": Issuer, "aud": aud, "iat": now.Unix(), "jti": id}
	switch s.w.team.EventForm {
	case "object":
		claims["events"] = event
	case "array":
		claims["events"] = []any{event}
	default:
		claims["events"] = string(encode(event))
	}
	for name, value := range how.Claims {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	header := map[string]any{"typ": nil}
	for name, value := range how.Header {
		header[name] = value
	}
	key := signingKey()
	if how.WrongKey {
		header["kid"] = key.ID
		key = emulator.RSAKey("apple/unpublished")
	}
	return string(encode(map[string]string{"payload": key.Sign(header, claims)}))
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("appletest: " + err.Error()) // our own types
	}
	return b
}
