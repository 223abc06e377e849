package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// New is a job to queue.
type New struct {
	// Kind selects the handler: "unlink".
	Kind string
	// Key deduplicates: a second job of the same kind and key is ignored, until [KeepDone] after the first was done.
	Key string
	// About is the id of the user concerned, "" if not yet known.
	About string
	// Payload is for the handler and erased when the job is done. At most [MaxPayload] bytes of valid UTF-8.
	Payload string
	At      time.Time
}

const (
	// MaxPayload bounds New.Payload, in bytes.
	MaxPayload = 32 << 10
	// KeepDone is how long a done job is remembered.
	KeepDone = 7 * 24 * time.Hour
	// MaxWait is longer than any job waits. One that is due later was written by a clock that was ahead.
	MaxWait = 2 * time.Hour
)

// Job is a claimed job.
type Job struct {
	ID      int64
	Kind    string
	Key     string
	About   string
	Payload string
	// Attempt counts the claims, including this one. It is the number that settles the job.
	Attempt   int64
	CreatedAt time.Time
}

// State is the state of a job.
type State string

// The states.
const (
	Open State = "open" // waiting or running
	Done State = "done"
	Dead State = "dead" // given up until an operator fixes the cause
)

// Settlement is the end of one attempt.
type Settlement struct {
	ID, Attempt int64
	// State is Done, Dead, or Open for another attempt at Next.
	State State
	At    time.Time
	Next  time.Time
	// Outcome is for operators: a code or a sentence without personal data, at most 300 bytes.
	Outcome string
}

// DeadJob is a dead job as operators see it.
type DeadJob struct {
	ID        int64     `json:"id"`
	Kind      string    `json:"kind"`
	About     string    `json:"about,omitempty"` // user id
	Attempts  int64     `json:"attempts"`
	Outcome   string    `json:"outcome"`
	CreatedAt time.Time `json:"created_at"`
	DeadAt    time.Time `json:"dead_at"`
}

// Listed is a job in a list for operators. EndedAt is zero for an open one, whose next attempt is RunAt.
type Listed struct {
	DeadJob
	State State
	RunAt time.Time
}

// RetryRequest reopens dead jobs.
type RetryRequest struct {
	ID    int64 // 0 for all
	At    time.Time
	Actor audit.Actor
}

// Counts are the numbers of unfinished jobs.
type Counts struct{ Open, Dead int }

// Store is the queue. Every method is one durable transaction.
type Store interface {
	// ClaimJobs claims at most limit jobs that are due, for the duration of the lease.
	ClaimJobs(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Job, error)
	// SettleJob ends an attempt, or returns ErrLost if the attempt has lost its claim.
	SettleJob(context.Context, Settlement) error
	// ReviveJobs reopens dead jobs and returns their number.
	ReviveJobs(ctx context.Context, now time.Time) (int, error)
}

// Read decodes the payload, which is JSON. Its error is permanent.
func (j Job) Read(payload any) error {
	if json.Unmarshal([]byte(j.Payload), payload) != nil {
		return Permanent(errors.New("payload cannot be read"))
	}
	return nil
}

// ErrSettled is returned by a handler that has settled its job in the transaction of its effect.
var ErrSettled = errors.New("jobs: settled by its handler")

// permanent is an error that a retry cannot fix.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that a retry cannot fix: the job is dead at once.
func Permanent(err error) error { return permanent{err} }

// later is an error with a time to wait.
type later struct {
	error
	wait time.Duration
}

func (l later) Unwrap() error { return l.error }

// After marks an error with the minimum time before the next attempt.
func After(err error, wait time.Duration) error { return later{err, wait} }

// Failed marks the error of a call to another service by what it says itself: whether the same call may succeed later,
// and after how long. Other errors stay as they are.
func Failed(err error) error {
	var call interface {
		error
		Temporary() bool
		Wait() time.Duration
	}
	switch {
	case !errors.As(err, &call):
		return err
	case !call.Temporary():
		return Permanent(err)
	case call.Wait() > 0:
		return After(err, call.Wait())
	}
	return err
}
