package store

import (
	"slices"
	"time"
)

// operations are the names of operations that users, apps or a queue wait for, as they are in errors.
var operations = []string{
	"principal", "claim", "attempt", "finish", "fail", "join", "restore", // sign-in
	"end", "end all", "touch", "sessions of", "user", "activities", "ledger", "record", "unlink", "withdraw",
	"find key", "look users up", "patch user", "apply notice",
	"claim jobs", "settle job", "place events", "claim delivery", "save delivery",
	"sweep sessions", "sweep events", "sweep audit", "ping",
}

// Operations lists the operations whose times are worth a series of their own, see Config.Observe.
func Operations() []string { return slices.Clone(operations) }

func (c *core) timed(op string, began time.Time) { c.cfg.Observe(op, time.Since(began)) }
