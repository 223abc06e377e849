package importing

import (
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

// Verdict is what an import does with a row.
type Verdict string

// The verdicts.
const (
	// Create: a new user.
	Create Verdict = "created"
	// Unchanged: the user is there already.
	Unchanged Verdict = "unchanged"
	// GiveRef: the user has joined here in the meantime, and gets the ref. One who is disabled in the file is disabled.
	GiveRef Verdict = "ref_given"
	// StatusDiffers: the user is there, but not with the status of the file. Nothing is changed: the
	// status here may be the newer one.
	StatusDiffers Verdict = "status_differs"
	// HasLeft: the user has withdrawn here, and is not brought back.
	HasLeft Verdict = "withdrawn"
	// Joining: the user has signed in here and not joined yet; a later import finds them.
	Joining Verdict = "joining"
	// OtherRef and RefTaken are faults: the id has another ref here, or the ref another user.
	OtherRef Verdict = "other_ref"
	RefTaken Verdict = "ref_taken"
)

// Facts is what the database says about a row.
type Facts struct {
	Known    *account.User // the user with the id, nil if there is none
	RefOwner account.ID    // the user with the ref, "" if there is none or the row has no ref
}

// Decide decides what becomes of a row. It never sees e-mail address or nickname, so it cannot find a user by them.
func Decide(r Row, f Facts) Verdict {
	switch k := f.Known; {
	case k == nil && f.RefOwner != "":
		return RefTaken
	case k == nil:
		return Create
	case k.Status == account.Withdrawn:
		return HasLeft
	case k.Status == account.Pending:
		return Joining
	case r.Ref == "" || k.Ref == r.Ref:
		if k.Status != r.Status {
			return StatusDiffers
		}
		return Unchanged
	case k.Ref != "":
		return OtherRef
	case f.RefOwner != "":
		return RefTaken
	}
	return GiveRef
}

// fault is why the verdict refuses a row; nil if it does not.
func (v Verdict) fault(r Row) *i18n.Text {
	switch v {
	case OtherRef:
		return fault("회원번호 %s: 여기에서는 ref가 %s이 아닙니다.", "the user %s has another ref here than %s", r.Subject, r.Ref)
	case RefTaken:
		return fault("ref %s: 여기에서는 다른 사람의 번호입니다.", "ref %s belongs to another user here", r.Ref)
	}
	return nil
}
