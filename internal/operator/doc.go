// Package operator performs the use cases of an operator: looking up users, disabling and withdrawing them, revoking
// sessions, merging accounts, and reading the audit log.
//
// Each group of use cases is a service with the few stores that it reads, and a [Caller], who performs them. [Operator]
// lists the services.
//
// Every call leaves an access record: a change writes it in its own transaction, a read writes it before anything is
// shown. What cannot be recorded is not done. The package does not decide who may be an operator: who can run a command
// next to the database can also read the database.
package operator
