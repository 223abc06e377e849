// Package jobs runs work that must be finished: a job is queued in the transaction that it follows from, and a
// [Runner] of any replica runs it, now or after the next start.
//
// A claim is a lease with a number, and only that number can settle the job, so a worker that was thought dead changes
// nothing. Effects outside the database must be idempotent, because a process may die before it settles; effects in the
// database happen once, in the transaction that settles the job.
package jobs
