package apikey

import (
	"crypto/sha256"
	"errors"
	"time"
)

var (
	// ErrOtherRequest: the idempotency key was used for another request.
	ErrOtherRequest = errors.New("apikey: idempotency key was used for another request")
	// ErrRunning: the first request with the idempotency key has not ended.
	ErrRunning = errors.New("apikey: request with this idempotency key is under way")
)

const (
	// RememberFor is how long the answer to a request is kept.
	RememberFor = 24 * time.Hour
	// RunsFor is how long a request may take: a first request that never ended, as after a crash, is then given up.
	RunsFor = time.Minute
)

// Request is a request that must not be carried out twice (draft-ietf-httpapi-idempotency-key-header).
type Request struct {
	KeyID string
	// Name is the hash of the idempotency key, Content that of method, path and body.
	Name, Content [sha256.Size]byte
	At            time.Time
}

// Earlier is what is known of an earlier request with the same Name.
type Earlier struct {
	Content [sha256.Size]byte
	// Answer is nil while the request runs.
	Answer []byte
	At     time.Time
}

// Decide returns the answer to repeat, or nil to carry the request out. [ErrOtherRequest], [ErrRunning].
func (r Request) Decide(e *Earlier) ([]byte, error) {
	switch {
	case e == nil || r.At.Sub(e.At) >= RememberFor:
		return nil, nil
	case e.Content != r.Content:
		return nil, ErrOtherRequest
	case e.Answer != nil:
		return e.Answer, nil
	case r.At.Sub(e.At).Abs() < RunsFor: // one that began much later was written by a clock that was ahead
		return nil, ErrRunning
	}
	return nil, nil
}
