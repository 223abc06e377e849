package doctor

import "github.com/norang-login/norang/internal/i18n"

// Unseen is something on which sign-ins depend and that no check can find out: only a console or a sign-in shows it.
// It is neither a fault nor a warning. Ids never change their meaning and are those of no check.
type Unseen struct {
	ID      string
	What    i18n.Text
	Paste   []string // exact texts to compare
	Console i18n.Text
}

// Unseen returns those of a list that the selection chooses.
func (s Selection) Unseen(all []Unseen) (chosen []Unseen) {
	for _, u := range all {
		if (len(s.Only) == 0 || among(s.Only, u.ID)) && !among(s.Skip, u.ID) {
			chosen = append(chosen, u)
		}
	}
	return chosen
}
