package page

import "time"

// Returning is what somebody is asked, or told, who left and signed in once more. Its form is posted to
// {prefix}/returning with the fields csrf and action: "restore", "new" or "leave".
type Returning struct {
	Frame
	// Restore: the account of before can be taken up again until Until. Blocked: nobody may join again before Until, or
	// for a while, if it is zero; there is no form then. Neither: they may join anew.
	Restore, Blocked bool
	Until            time.Time
	// BlockDays is for how many days those who leave have to wait; 0 if that is not said.
	BlockDays int
}

func (Returning) file() string { return "returning.html" }
