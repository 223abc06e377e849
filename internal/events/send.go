package events

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/norang-login/norang/internal/hook"
)

// Send posts an event to the app once. An answer with a status other than 200 to 299 is an error, and is returned with
// it.
func Send(ctx context.Context, c *hook.Client, e Event) (*hook.Answer, error) {
	body, err := e.Body()
	if err != nil {
		return nil, err
	}
	answer, err := c.Post(ctx, e.MessageID(), body)
	if errors.Is(err, hook.ErrAnswer) {
		err = nil // only the status counts
	}
	if err == nil && !answer.OK() {
		err = fmt.Errorf("status %d", answer.Status)
	}
	return answer, err
}

// refuses reports whether an answer concerns this one event. 401, 404 and others concern the app.
func refuses(a *hook.Answer) bool {
	if a == nil {
		return false
	}
	switch a.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity:
		return true
	}
	return false
}
