package page

import "time"

// Returning asks a user who withdrew and signed in again. Its form is posted to {prefix}/returning with the fields
// csrf and action: "restore", "new" or "leave".
type Returning struct {
	Frame
	// Restore offers the old account, until Until. Blocked says that the user cannot join before Until, or for a
	// while if it is zero; then there is no form. If neither, the user may join as a new one.
	Restore, Blocked bool
	Until            time.Time
	// BlockDays is how long users cannot join after a withdrawal; 0 if that is not said.
	BlockDays int
}

func (Returning) file() string { return "returning.html" }
