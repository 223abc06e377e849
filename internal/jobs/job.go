package jobs

import (
	"context"
	"errors"
	"time"
)

// New is work to be queued. It is written by the store, in the transaction that it follows from.
type New struct {
	// Kind picks the handler: "unlink".
	Kind string
	// Key makes it one: a second job of the same kind and key is none, also after the first was done, for [KeepDone].
	Key string
	// About is the user whom it concerns, "" if that is not known yet.
	About string
	// Payload is what the handler needs; it is erased when the job is done. At most [MaxPayload] bytes of valid UTF-8.
	Payload string
	At      time.Time
}

const (
	// MaxPayload bounds New.Payload, in bytes.
	MaxPayload = 4096
	// KeepDone is how long it is remembered that a job was done.
	KeepDone = 7 * 24 * time.Hour
)

// Job is a claimed job.
type Job struct {
	ID      int64
	Kind    string
	Key     string
	About   string
	Payload string
	// Attempt counts the claims, this one included; it is the number that settles the job.
	Attempt   int64
	CreatedAt time.Time
}

// State is where a job stands.
type State string

// The states.
const (
	Open State = "open" // waits, or is being worked on
	Done State = "done"
	Dead State = "dead" // given up: somebody has to change something first
)

// Settlement is the end of one attempt.
type Settlement struct {
	ID, Attempt int64
	// State is Done, Dead, or Open for another attempt at Next.
	State State
	At    time.Time
	Next  time.Time
	// Outcome says how it went, for operators: a code or a sentence without personal data, at most 300 bytes.
	Outcome string
}

// DeadJob is a job that was given up, as operators see it.
type DeadJob struct {
	ID        int64     `json:"id"`
	Kind      string    `json:"kind"`
	About     string    `json:"about,omitempty"` // user id
	Attempts  int64     `json:"attempts"`
	Outcome   string    `json:"outcome"`
	CreatedAt time.Time `json:"created_at"`
	DeadAt    time.Time `json:"dead_at"`
}

// Counts are the jobs that are not done.
type Counts struct{ Open, Dead int }

// Store is what the runner needs of the database. Every method is one durable transaction.
type Store interface {
	// ClaimJobs takes at most limit jobs that are due, for the length of the lease.
	ClaimJobs(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Job, error)
	// SettleJob ends an attempt; ErrLost if the job is not this attempt's any more.
	SettleJob(context.Context, Settlement) error
	// ReviveJobs opens dead jobs again and reports how many there were.
	ReviveJobs(ctx context.Context, now time.Time) (int, error)
}

// ErrLost: the job was claimed anew or settled meanwhile. What this attempt wanted to write was not written.
var ErrLost = errors.New("jobs: claim lost")

// ErrSettled is what a handler returns that has settled its job itself, in the transaction of what it did.
var ErrSettled = errors.New("jobs: settled by its handler")

// permanent is an error that no repetition cures.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error as one that no repetition cures: the job becomes a dead letter at once.
func Permanent(err error) error { return permanent{err} }

// later is an error that comes with a time to wait.
type later struct {
	error
	wait time.Duration
}

func (l later) Unwrap() error { return l.error }

// After marks an error with the least time to wait before the next attempt.
func After(err error, wait time.Duration) error { return later{err, wait} }
