package importing

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// BatchRows is how many rows one transaction writes.
const BatchRows = 10_000

const (
	// maxFaults is how many faults a report lists; it counts all.
	maxFaults = 100
	// sampleRows is how many ids are looked up at the provider.
	sampleRows = 50
	// Of ten ids at least nine have to be known: users unlink, but a file of another app has next to none.
	knownOfTen = 9
)

// Store is what an import needs of the database. Every method is one transaction.
type Store interface {
	// Record adds events to the log, all or none.
	Record(context.Context, []audit.Event) error
	// LookImport decides for each row and writes nothing.
	LookImport(context.Context, Batch) ([]Verdict, error)
	// WriteImport decides for each row and writes it, with an access record for each user that changes.
	WriteImport(context.Context, Batch) ([]Verdict, error)
	// AfterImport makes the database collect new statistics of its tables, if its query plans depend on them.
	AfterImport(context.Context)
}

// Batch is the rows of one transaction. No subject and no ref is in two of them.
type Batch struct {
	Provider, Namespace string
	Rows                []Row
	At                  time.Time
	Actor               audit.Actor
}

// Config is what [New] needs. Everything is required unless noted.
type Config struct {
	Store    Store
	Links    provider.LinkChecker // nil if it cannot be asked, or is not to be
	Provider string               // its name; the column of its ids is named for it
	// Namespace is that of the ids, as in account.Key.
	Namespace   string
	Numeric     bool           // ids are positive 64-bit numbers
	Pattern     string         // a regular expression that ids match completely; "" for any text
	StripPrefix string         // taken off ids; optional
	Terms       []consent.Term // optional
	Actor       audit.Actor
	// Progress is called after each batch with the number of rows that were checked or, in the second pass, written;
	// optional.
	Progress func(rows int, written bool)
	Now      func() time.Time // default time.Now
}

// Service imports users.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Provider == "" || cfg.Namespace == "" {
		return nil, errors.New("importing: Store, Provider and Namespace are required")
	}
	if _, ok := cfg.Actor.Access(audit.Access{}); !ok {
		return nil, fmt.Errorf("importing: %s is not an operator or API key", cfg.Actor)
	}
	if cfg.Progress == nil {
		cfg.Progress = func(int, bool) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if _, err := regexp.Compile(cfg.Pattern); err != nil {
		return nil, fmt.Errorf("importing: Pattern: %w", err)
	}
	return &Service{cfg}, nil
}

// Fault is why a row, or the file, is refused.
type Fault struct {
	Line   int
	Reason i18n.Text
}

// Report is what an import would do, or has done.
type Report struct {
	Rows     int
	Verdicts map[Verdict]int
	Written  bool // the rows without a fault were written
	// Faults are the first hundred; FaultCount counts all.
	Faults     []Fault
	FaultCount int
	NoID       int // of the faults: rows without an id
	NoRef      int // rows without a ref
	// Terms counts the agreements by tag; Unknown are the tags that are not configured.
	Terms   map[string]int
	Unknown []string
	// Sampled ids were looked up at the provider, Known of them are linked. Both are 0 if there was no lookup.
	Sampled, Known int
}

// Refused reports whether nothing may be written.
func (r *Report) Refused() bool { return r.FaultCount > 0 || r.Foreign() }

// Foreign reports whether the ids are apparently those of another app.
func (r *Report) Foreign() bool { return r.Known*10 < r.Sampled*knownOfTen }

func (r *Report) fault(line int, reason *i18n.Text) {
	r.FaultCount++
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{line, *reason})
	}
}

// Check reads the whole file and reports what [Service.Write] would do. It changes nothing, but leaves an access
// record. An error of the provider is a *provider.Error.
func (s *Service) Check(ctx context.Context, file io.Reader) (*Report, error) {
	r, err := s.check(ctx, file)
	if err != nil {
		return nil, err
	}
	return r, s.record(ctx, audit.DryRun, r)
}

func (s *Service) check(ctx context.Context, file io.Reader) (*Report, error) {
	r := &Report{Verdicts: map[Verdict]int{}, Terms: map[string]int{}}
	ids, refs := map[string]int{}, map[string]int{}
	var sample []string
	var round rounding
	err := s.batches(ctx, file, r, func(rows []Row) error {
		b := s.batch(nil)
		for _, row := range rows {
			if first, twice := ids[row.Subject]; twice {
				r.fault(row.Line, fault("%s_id %s: %d번째 줄에도 있습니다.", "%s_id %s is also in line %d",
					s.cfg.Provider, row.Subject, first))
				continue
			}
			if first, twice := refs[row.Ref]; twice && row.Ref != "" {
				r.fault(row.Line, fault("ref %s: %d번째 줄에도 있습니다.", "ref %s is also in line %d", row.Ref, first))
				continue
			}
			ids[strings.Clone(row.Subject)], refs[strings.Clone(row.Ref)] = row.Line, row.Line // not the whole line
			r.count(row)
			round.count(row)
			if len(sample) < sampleRows {
				sample = append(sample, row.Subject)
			} else if i := rand.IntN(len(ids)); i < sampleRows {
				sample[i] = row.Subject
			}
			b.Rows = append(b.Rows, row)
		}
		verdicts, err := s.cfg.Store.LookImport(ctx, b)
		r.verdicts(b.Rows, verdicts)
		s.cfg.Progress(r.Rows, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	if bad := round.fault(s.cfg.Provider + "_id"); bad != nil {
		r.fault(round.line, bad)
	}
	if bad := round.refFault(); bad != nil {
		r.fault(round.refLine, bad)
	}
	slices.SortStableFunc(r.Faults, func(a, b Fault) int { return a.Line - b.Line })
	for tag := range r.Terms {
		if tag != string(account.ConsentAge) && !s.configured(tag) {
			r.Unknown = append(r.Unknown, tag)
		}
	}
	slices.Sort(r.Unknown)
	if r.FaultCount > 0 || s.cfg.Links == nil {
		return r, nil
	}
	return r, s.lookUp(ctx, r, sample)
}

// lookUp asks the provider which ids of a sample are linked to this app.
func (s *Service) lookUp(ctx context.Context, r *Report, sample []string) error {
	for _, subject := range sample {
		linked, err := s.cfg.Links.Linked(ctx, s.key(subject))
		if err != nil {
			return err
		}
		if r.Sampled++; linked {
			r.Known++
		}
	}
	return nil
}

var (
	// ErrRefused: nothing was written; the report has the reason.
	ErrRefused = errors.New("importing: file refused")
	// ErrChanged: the database or the file changed after the check. The rows in the report's faults were not written, the
	// others were.
	ErrChanged = errors.New("importing: changed since the check")
)

// Write checks the file and writes it, [BatchRows] rows in a transaction. It returns [ErrRefused] if the report refuses
// the file, and [ErrChanged]. Rows that exist already are unchanged: Write can be repeated after an interruption.
func (s *Service) Write(ctx context.Context, file io.ReadSeeker) (*Report, error) {
	checked, err := s.check(ctx, file)
	if err != nil {
		return nil, err
	}
	if checked.Refused() {
		return checked, errors.Join(ErrRefused, s.record(ctx, audit.NotDone, checked))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if err := s.record(ctx, audit.Begun, checked); err != nil {
		return nil, err
	}
	done := &Report{
		Written: true, Verdicts: map[Verdict]int{}, Terms: checked.Terms, Unknown: checked.Unknown, NoRef: checked.NoRef,
		Sampled: checked.Sampled, Known: checked.Known,
	}
	err = s.batches(ctx, file, done, func(rows []Row) error {
		verdicts, err := s.writeRows(ctx, rows)
		if err != nil {
			return err
		}
		done.verdicts(rows, verdicts)
		s.cfg.Progress(done.Rows, true)
		return nil
	})
	s.cfg.Store.AfterImport(ctx)
	outcome := audit.Done
	if err == nil && done.FaultCount > 0 {
		err = ErrChanged
	}
	if err != nil {
		outcome = audit.NotDone
	}
	return done, errors.Join(err, s.record(context.WithoutCancel(ctx), outcome, done))
}

// fewestRows is the smallest transaction that is tried again in two halves.
const fewestRows = 100

// writeRows writes rows in one transaction, or in several smaller ones if a busy database does not finish it in the
// time that a transaction has. Rows of a transaction whose result is unknown are then unchanged.
func (s *Service) writeRows(ctx context.Context, rows []Row) ([]Verdict, error) {
	all, err := s.cfg.Store.WriteImport(ctx, s.batch(rows))
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || len(rows) < fewestRows {
		return all, err
	}
	half := len(rows) / 2
	first, err := s.writeRows(ctx, rows[:half])
	if err != nil {
		return nil, err
	}
	rest, err := s.writeRows(ctx, rows[half:])
	return append(first, rest...), err
}

func (s *Service) batch(rows []Row) Batch {
	return Batch{
		Provider: s.cfg.Provider, Namespace: s.cfg.Namespace, Rows: rows, At: s.cfg.Now().UTC(), Actor: s.cfg.Actor,
	}
}

func (s *Service) key(subject string) account.Key {
	return account.Key{Provider: s.cfg.Provider, Namespace: s.cfg.Namespace, Subject: subject}
}

func (s *Service) configured(tag string) bool {
	for _, t := range s.cfg.Terms {
		if t.Tag == tag {
			return true
		}
	}
	return false
}

func (r *Report) count(row Row) {
	if row.Ref == "" {
		r.NoRef++
	}
	for _, c := range row.Consents {
		r.Terms[c.Tag]++
	}
}

func (r *Report) verdicts(rows []Row, all []Verdict) {
	for i, v := range all {
		r.Verdicts[v]++
		if bad := v.fault(rows[i]); bad != nil {
			r.fault(rows[i].Line, bad)
		}
	}
}

// record writes the access record of an import as a whole.
func (s *Service) record(ctx context.Context, o audit.Outcome, r *Report) error {
	e, _ := s.cfg.Actor.Access(audit.Access{
		At: s.cfg.Now().UTC(), Kind: audit.UserImport, Outcome: o,
		Detail: fmt.Sprintf(
			"rows=%d created=%d refused=%d looked_up=%d", r.Rows, r.Verdicts[Create], r.FaultCount, r.Sampled,
		),
	})
	return s.cfg.Store.Record(ctx, []audit.Event{e})
}

// batches reads the file and calls fn with up to [BatchRows] rows at a time. Rows that cannot be read become faults.
func (s *Service) batches(ctx context.Context, file io.Reader, r *Report, fn func([]Row) error) error {
	b := bufio.NewReaderSize(file, 1<<16)
	if bad := openFault(b); bad != nil {
		r.fault(1, bad)
		return nil
	}
	in := csv.NewReader(b)
	in.ReuseRecord = true
	p := &parser{
		prefix: s.cfg.StripPrefix, number: s.cfg.Numeric, terms: s.cfg.Terms, now: s.cfg.Now(), id: s.cfg.Provider + "_id",
	}
	if s.cfg.Pattern != "" {
		p.form = regexp.MustCompile("^(?:" + s.cfg.Pattern + ")$")
	}
	var rows []Row
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := fn(rows)
		rows = rows[:0]
		return err
	}
	for ctx.Err() == nil {
		record, err := in.Read()
		var syntax *csv.ParseError
		switch {
		case err == io.EOF:
			if p.at == nil {
				r.fault(1, fault("빈 파일입니다.", "the file is empty"))
				return nil
			}
			return flush()
		case errors.As(err, &syntax):
			r.fault(syntax.Line, fault("CSV로 읽을 수 없습니다: %v", "not CSV: %v", syntax.Err))
			if !errors.Is(err, csv.ErrFieldCount) {
				return flush() // where the next row begins cannot be known
			}
			continue
		case err != nil:
			return err
		}
		line, _ := in.FieldPos(0)
		if p.at == nil {
			if bad := p.header(record); bad != nil {
				r.fault(line, bad)
				return nil
			}
			continue
		}
		r.Rows++
		row, noID, bad := p.row(line, record)
		if bad != nil {
			if noID {
				r.NoID++
			}
			r.fault(line, bad)
			continue
		}
		if rows = append(rows, row); len(rows) == BatchRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// openFault skips the byte order mark of UTF-8, and names a file that is no CSV in UTF-8 by how it begins.
func openFault(b *bufio.Reader) *i18n.Text {
	head, _ := b.Peek(len("SQLite format 3"))
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = b.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fault("UTF-16 파일입니다. UTF-8로 내보내십시오.", "the file is UTF-16: export it as UTF-8")
	case string(head) == "SQLite format 3":
		return fault("SQLite 데이터베이스입니다. 회원 표를 CSV로 내보내십시오.",
			"the file is an SQLite database: export its table of users as CSV")
	case bytes.HasPrefix(head, []byte("{")), bytes.HasPrefix(head, []byte("[")):
		return fault("JSON 파일입니다. CSV로 내보내십시오.", "the file is JSON: export it as CSV")
	}
	return nil
}
