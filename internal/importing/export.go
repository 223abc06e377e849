package importing

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// ExportStore is what an export needs of the database.
type ExportStore interface {
	// ExportPage reads users in the order of their subjects, after one; at most limit. Line is 0.
	ExportPage(ctx context.Context, provider, namespace, after string, limit int) ([]Row, error)
}

var providerName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// ProviderOf reads the name of the provider from the first line of a file, which has a column <name>_id; "" if it has
// none, or several.
func ProviderOf(file io.Reader) string {
	b := bufio.NewReaderSize(file, 1<<16)
	if openFault(b) != nil {
		return ""
	}
	names, err := csv.NewReader(b).Read()
	if err != nil {
		return ""
	}
	found := ""
	for _, name := range names {
		provider, ok := strings.CutSuffix(name, "_id")
		ok = ok && providerName.MatchString(provider) // a file in another encoding has other bytes in front
		if ok && found != "" {
			return ""
		}
		if ok {
			found = provider
		}
	}
	return found
}

// exportPage is how many rows are in memory at a time.
const exportPage = 500

// WriteCSV writes all active and disabled users of a provider in the form that an import takes, and returns how many
// there are. The same users give the same bytes.
func WriteCSV(ctx context.Context, store ExportStore, provider, namespace string, w io.Writer) (n int, err error) {
	out := csv.NewWriter(w)
	if err := out.Write(append([]string{provider + "_id"}, columns...)); err != nil {
		return 0, err
	}
	for after := ""; ; {
		rows, err := store.ExportPage(ctx, provider, namespace, after, exportPage)
		if err != nil {
			return n, err
		}
		for _, r := range rows {
			if err := out.Write(r.record()); err != nil {
				return n, err
			}
			n, after = n+1, r.Subject
		}
		if len(rows) < exportPage {
			out.Flush()
			return n, out.Error()
		}
	}
}

func (r Row) record() []string {
	sort.Slice(r.Consents, func(i, j int) bool { return r.Consents[i].Tag < r.Consents[j].Tag })
	var terms, marketing []string
	for _, c := range r.Consents {
		switch {
		case !c.Agreed || c.Version == "" || c.Tag == "":
		case c.Kind == account.ConsentMarketing:
			marketing = append(marketing, entry(c))
		default:
			terms = append(terms, entry(c))
		}
	}
	relay := ""
	if r.Profile.EmailRelay {
		relay = "true"
	}
	cells := []string{
		r.Subject, r.Ref, r.Profile.Nickname, r.Profile.Email, relay, exportTime(r.CreatedAt), string(r.Status),
		strings.Join(terms, ";"), strings.Join(marketing, ";"),
	}
	for i, c := range cells {
		cells[i] = guard(strings.ReplaceAll(c, "\r\n", "\n")) // as a CSV reader does
	}
	return cells
}

func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeForm)
}

// ReplaceConsent puts c in the place of the consent with its tag, or at the end if there is none.
func ReplaceConsent(all []account.Consent, c account.Consent) []account.Consent {
	i := slices.IndexFunc(all, func(o account.Consent) bool { return o.Tag == c.Tag })
	if i < 0 {
		return append(all, c)
	}
	all[i] = c
	return all
}
