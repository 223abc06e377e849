package operator

import (
	"strconv"
	"strings"
	"time"
)

// MaxScan is how many entries of the log one page looks through for those that match.
const MaxScan = 2000

// Place is a place in the log: entries before it are older. The zero value is before the newest one.
type Place struct {
	At time.Time
	ID int64
}

// IsZero reports whether p is the zero value.
func (p Place) IsZero() bool { return p == Place{} }

// String is the place for an address: milliseconds and a number; "" for the zero value.
func (p Place) String() string {
	if p.IsZero() {
		return ""
	}
	return strconv.FormatInt(p.At.UnixMilli(), 10) + "-" + strconv.FormatInt(p.ID, 10)
}

// ParsePlace reads [Place.String], the zero value for "". [ErrAfter].
func ParsePlace(text string) (Place, error) {
	if text == "" {
		return Place{}, nil
	}
	at, id, _ := strings.Cut(text, "-")
	ms, err1 := strconv.ParseInt(at, 10, 64)
	n, err2 := strconv.ParseInt(id, 10, 64)
	if err1 != nil || err2 != nil || ms < 0 || ms > 1<<50 || n < 0 {
		return Place{}, ErrAfter
	}
	return Place{At: time.UnixMilli(ms).UTC(), ID: n}, nil
}
