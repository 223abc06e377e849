// Package jobs owns work that has to be finished whatever happens: it is queued in the transaction of the thing that it
// follows from, and a [Runner] works it off, on this replica or another, now or after the next start.
//
// A job is claimed for a while (the lease). Whoever claims it holds a number that changes with every claim, and only that
// number can settle it: a worker that was thought dead and comes back late changes nothing. What a job does to the outside
// must bear being done twice, since a process may die between doing it and writing that it was done; what it does to the
// database is done once, by settling the job in the same transaction.
//
// The package does not know what jobs do, and holds no rows (package store does).
package jobs
