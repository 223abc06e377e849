package page

import (
	"html/template"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

// ConsoleFrame is what every page of the operator's console has.
type ConsoleFrame struct {
	Frame
	// Menu are the sections that the operator may open.
	Menu []ConsoleLink
	// Operator is the operator's nickname, "" for none; OperatorID is the user id. Role is "viewer" or "operator"; ""
	// before the entry.
	Operator   string
	OperatorID account.ID
	Role       string
	// Again is where a sign-in that is too old for changes is renewed; "" if it is recent enough.
	Again string
	// Changes reports that the role and the sign-in allow changes: pages show their forms only then.
	Changes bool
}

// ConsoleLink is a link of the menu, with the key of its text ("console.nav." in front).
type ConsoleLink struct {
	URL  string
	Name string
	Here bool
}

// consoleView is a page of the operator's console.
type consoleView interface{ console() *ConsoleFrame }

func (f ConsoleFrame) console() *ConsoleFrame { return &f }

// consoleFuncs are further functions of the templates of the operator's console. v is the view:
//
//	console v            its ConsoleFrame; nil for a problem page
//	here c               the open section of a ConsoleFrame; nil for none
//	act v path action class  a form of a ConsolePerson
//	statusName v status  the status of a user
//	roleName v role      a role
//	action v kind        a kind of the audit log in words
func (x *texts) consoleFuncs() template.FuncMap {
	return template.FuncMap{
		"console": func(v View) *ConsoleFrame {
			if c, ok := v.(consoleView); ok {
				return c.console()
			}
			return nil
		},
		"here": func(c *ConsoleFrame) *ConsoleLink {
			for i := range c.Menu {
				if c.Menu[i].Here {
					return &c.Menu[i]
				}
			}
			return nil
		},
		"act": func(v *ConsolePerson, path, action, class string) consoleAction {
			return consoleAction{v, path, action, class, v.MaxReason / 3} // a Hangul syllable has three bytes
		},
		"statusName": func(v View, s account.Status) string { return x.text(v, "console.status."+string(s)) },
		"roleName":   func(v View, role string) string { return x.text(v, "console.role."+role) },
		"action": func(v View, kind string) string {
			for _, key := range []string{"console.action." + kind, "log." + kind} {
				if i18n.Has(key) {
					return x.text(v, key)
				}
			}
			return kind
		},
	}
}

// consoleAction is a form by which an operator does something to a user, with a reason.
type consoleAction struct {
	Page                *ConsolePerson
	Path, Action, Class string
	Max                 int // of the reason, in characters
}

// ConsoleEnter asks to enter the console with a hand-off code.
type ConsoleEnter struct {
	ConsoleFrame
	Code string
	// Dev says that this is a developer's machine, where everyone may enter.
	Dev bool
}

func (ConsoleEnter) file() string { return consoleDir + "enter.html" }

// ConsoleCode asks for the second factor, and shows the secret of a new one.
type ConsoleCode struct {
	ConsoleFrame
	ReturnTo string
	// Secret is in base32, in groups of four; "" if an app has it already. QR is the address for it as a drawing.
	Secret string
	QR     template.HTML
	Wrong  bool // the last code was wrong
}

func (ConsoleCode) file() string { return consoleDir + "code.html" }

// ConsoleLeft says that the operator has left the console.
type ConsoleLeft struct{ ConsoleFrame }

func (ConsoleLeft) file() string { return consoleDir + "left.html" }

// ConsoleHome is the first page of the console.
type ConsoleHome struct{ ConsoleFrame }

func (ConsoleHome) file() string { return consoleDir + "home.html" }
