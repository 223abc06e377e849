package operator

// Operator is the use cases of one operator or API key. Provider tokens are not among them: only a running service has
// them, see [Tokens].
type Operator struct {
	Users      *Users
	UserPages  *UserPages
	Accounts   *Accounts
	Linking    *Linking
	Sessions   *Sessions
	Exports    *Exports
	Log        *Log
	Reviews    *Reviews
	Records    *Records
	Events     *Events
	Deliveries *Deliveries
	Jobs       *Jobs
	Keys       *Keys
	Origins    *Origins
}

// Mode says whether a change is made.
type Mode bool

const (
	// Apply makes the change.
	Apply Mode = false
	// DryRun changes nothing: it returns and records what would be changed.
	DryRun Mode = true
)

// Emails says how the e-mail addresses of users are shown. The access record has it too.
type Emails bool

const (
	// Masked addresses are hidden as [MaskEmail] does.
	Masked Emails = false
	// Revealed addresses are shown in full.
	Revealed Emails = true
)
