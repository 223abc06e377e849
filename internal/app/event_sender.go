package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/hook"
)

// EventSender sends events outside the feed, for an operator. Close it.
type EventSender struct{ client *hook.Client }

// NewEventSender returns a sender to EventsURL of cfg, signed with its secrets. The errors are those of the settings.
func NewEventSender(cfg Config) (*EventSender, error) {
	if cfg.EventsURL == "" {
		return nil, newConfigError("EventsURL", nil, "비어 있습니다. 이벤트를 받을 주소를 적으십시오.",
			"is missing: set the URL that receives events")
	}
	c := &checker{Config: &Config{
		EventsURL: cfg.EventsURL, EventsSecrets: cfg.EventsSecrets, AllowPrivateHooks: cfg.AllowPrivateHooks,
	}}
	if c.hooks(); len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	client, err := hook.New(hook.Config{
		URL: cfg.EventsURL, Secrets: cfg.EventsSecrets, AllowPrivate: cfg.AllowPrivateHooks, Now: cfg.Now,
	})
	if err != nil {
		return nil, unusable("EventsURL", err)
	}
	return &EventSender{client}, nil
}

// Send posts an event once and returns the status, 0 without an answer. A status other than 200 to 299 is an error.
func (s *EventSender) Send(ctx context.Context, e events.Event) (status int, took time.Duration, err error) {
	began := time.Now()
	answer, err := events.Send(ctx, s.client, e)
	if answer != nil {
		status = answer.Status
	}
	return status, time.Since(began), err
}

// Close closes idle connections.
func (s *EventSender) Close() { s.client.Close() }

// NewEventSecret returns a random secret for EventsSecrets.
func NewEventSecret() (string, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", err
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(key), nil
}
