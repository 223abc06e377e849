// Package operator owns what those do who run the service and handle its members' data: they look at people, suspend them,
// let them go, end their sessions, and read the log. Everything done here leaves an access record (korea.md 1): a change in
// its own transaction, a look before anything of it is shown. What cannot be recorded is not done (ST-14).
//
// It does not say who may be an operator. Who can run a command beside the database can read the database as well; the
// records keep honest people accountable, and the log's triggers keep them from being changed in passing.
package operator
