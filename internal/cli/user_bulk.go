package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
)

// bulkFlags let a command that changes a user change those of a file, one selector a line.
type bulkFlags struct {
	confirmFlag

	From   string `name:"from" placeholder:"FILE" help:"flag.from"`
	DryRun bool   `name:"dry-run" help:"flag.dry-run"`
}

// bulkResult is what became of a line.
type bulkResult string

const (
	bulkDone     bulkResult = "done"
	bulkPlanned  bulkResult = "planned" // by a dry run
	bulkAlready  bulkResult = "already"
	bulkNotFound bulkResult = "not_found"
	bulkRefused  bulkResult = "refused"
)

// bulkLineJSON is the report on a line. Selector is null if the line is too long or not text.
type bulkLineJSON struct {
	Line       int             `json:"line"`
	Result     bulkResult      `json:"result"`
	Selector   *string         `json:"selector"`
	ID         *account.ID     `json:"id"`
	Was        *account.Status `json:"was"` // the status before
	Sessions   int             `json:"sessions"`
	Identities int             `json:"identities"`
	Reason     *string         `json:"reason"` // of not_found and refused
}

const (
	// maxBulkLine is the longest line, in bytes. It is longer than any selector.
	maxBulkLine = 1024
	// bulkProgressEvery is the number of lines between two lines of progress.
	bulkProgressEvery = 1000
)

// bulk is one pass over a file.
type bulk struct {
	c      *terminal
	json   bool
	dry    bool
	change func(operator.Selector) (*operator.User, error)
	// changes reports whether the command does anything to a user of this status.
	changes func(account.Status) bool
	counts  map[bulkResult]int
	planned map[account.ID]bool // by a dry run, because a later line of the same user would find nothing to do
	line    int                 // the last line that was read, from 1
}

// chosen checks that a user is named in exactly one way, and asks for a confirmation of a file.
func (f *bulkFlags) chosen(c *terminal, user string) error {
	if (user == "") == (f.From == "") {
		return c.usage(c.pick("회원 한 명 또는 --from 가운데 하나를 고르십시오", "give either a user or --from"), "")
	}
	if f.From == "" || f.DryRun {
		return nil
	}
	what := i18n.Text{Ko: "파일의 회원을 모두 바꾸려면", En: "--from"}
	hint := c.pick("무엇을 할지 보려면 --from %s --dry-run", "To see what would be done: --from %s --dry-run", f.From)
	if f.From == "-" && !f.Yes { // the answer would be read as a user
		return f.missing(c, what, hint)
	}
	return f.confirmed(c, what, hint)
}

// run changes the users of the file, in order, and prints one result a line. It fails if a line did. The file is read
// piece by piece, so its size is not limited.
func (f *bulkFlags) run(
	c *terminal, o *operatorFlags, changes func(account.Status) bool,
	change func(*app.Operator, operator.Selector) (*operator.User, error),
) error {
	in := c.stdin
	if f.From != "-" {
		file, err := os.Open(f.From)
		if err != nil {
			return unread(c, f.From, err)
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewReaderSize(&contextReader{ctx: c.ctx, in: in}, maxBulkLine+2) // with CRLF
	if err := textFile(c, lines); err != nil {
		return err
	}
	return o.withOperator(c, func(d *app.Operator) error {
		b := &bulk{
			c: c, json: o.JSON, dry: f.DryRun, changes: changes, counts: map[bulkResult]int{}, planned: map[account.ID]bool{},
			change: func(who operator.Selector) (*operator.User, error) { return change(d, who) },
		}
		return b.run(lines)
	})
}

// contextReader ends a read of standard input when ctx ends: a signal does not. After that it must not be read again.
type contextReader struct {
	ctx context.Context
	in  io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data := make([]byte, len(p)) // p is the caller's again when ctx ends
		n, err := r.in.Read(data)
		read <- result{data[:n], err}
	}()
	select {
	case got := <-read:
		return copy(p, got.data), got.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

// textFile refuses a file that is empty or is not UTF-8 by its beginning, and skips a byte order mark.
func textFile(c *terminal, in *bufio.Reader) error {
	head, err := in.Peek(maxBulkLine)
	if err != nil && !errors.Is(err, io.EOF) {
		return &failure{status: statusFailed, err: err, text: c.pick("파일을 읽을 수 없습니다", "cannot read the file")}
	}
	utf16 := bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF"))
	if utf16 || bytes.IndexByte(head, 0) >= 0 {
		return &failure{status: statusFailed, text: c.pick("UTF-8 텍스트 파일이 아닙니다. 아무것도 하지 않았습니다",
			"not a text file in UTF-8, nothing was done"),
			hint: c.pick("한 줄에 회원 한 명을 적은 텍스트 파일로 저장하십시오.", "Save it as text with one user a line.")}
	}
	if bom := []byte("\uFEFF"); bytes.HasPrefix(head, bom) {
		_, err = in.Discard(len(bom))
		return err
	}
	return nil
}

func (b *bulk) run(in *bufio.Reader) error {
	for {
		text, long, err := readBulkLine(in)
		if errors.Is(err, io.EOF) {
			return b.finish()
		}
		if err == nil {
			b.line++
			err = b.one(text, long)
		}
		if err != nil {
			b.c.warn("%d번째 줄에서 멈췄습니다. 다시 실행하면 이어집니다.",
				"stopped at line %d; run the command again to continue", b.line)
			return err
		}
		if b.line%bulkProgressEvery == 0 {
			b.c.warn("%d줄을 처리했습니다", "%d lines processed", b.line)
		}
	}
}

// readBulkLine returns the next line without its end. Of a line over [maxBulkLine] it returns that it is long. It
// returns io.EOF after the last line.
func readBulkLine(in *bufio.Reader) (text string, long bool, err error) {
	part, err := in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		part, err = in.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) && (long || len(part) > 0) {
		err = nil // the last line has no end
	}
	text = strings.TrimSuffix(strings.TrimSuffix(string(part), "\n"), "\r")
	return text, long || len(text) > maxBulkLine, err
}

// one works on a line. An error of it that concerns only this line becomes its result; any other ends the run.
func (b *bulk) one(text string, long bool) error {
	text = strings.TrimSpace(text)
	out := bulkLineJSON{Line: b.line, Result: bulkRefused}
	switch {
	case long:
		out.Reason = orNull(b.c.pick("줄이 너무 깁니다", "the line is too long"))
		return b.report(out)
	case text == "":
		return nil
	case !utf8.ValidString(text), strings.ContainsFunc(text, i18n.Control):
		out.Reason = orNull(b.c.pick("텍스트가 아닙니다", "not text"))
		return b.report(out)
	}
	out.Selector = &text
	who, err := operator.ParseSelector(text)
	var before *operator.User
	if err == nil {
		before, err = b.change(who)
	}
	if err != nil {
		var ok bool
		if out.Result, ok = bulkFailure(err); !ok {
			return err
		}
		out.Reason = orNull(b.reason(err))
		return b.report(out)
	}
	out.ID, out.Was = &before.ID, &before.Status
	out.Sessions, out.Identities = before.Sessions, len(before.Identities)
	switch {
	case !b.changes(before.Status), b.planned[before.ID]:
		out.Result = bulkAlready
	case b.dry:
		out.Result, b.planned[before.ID] = bulkPlanned, true
	default:
		out.Result = bulkDone
	}
	return b.report(out)
}

// bulkFailure is the result of a line that failed, and false for an error that concerns more than the line.
func bulkFailure(err error) (bulkResult, bool) {
	switch {
	case errors.Is(err, operator.ErrNotRecorded):
		return "", false
	case errors.Is(err, operator.ErrNoSuchUser), errors.Is(err, account.ErrNotFound):
		return bulkNotFound, true
	case errors.Is(err, operator.ErrSelector), errors.Is(err, operator.ErrWithdrawn),
		errors.Is(err, operator.ErrAmbiguous), errors.Is(err, account.ErrLastOperator):
		return bulkRefused, true
	}
	return "", false
}

// reason is an error that concerns a line, without the hint.
func (b *bulk) reason(err error) string {
	var told *failure
	if errors.As(b.c.explain(err), &told) {
		return told.text
	}
	return err.Error()
}

// report prints the result of a line. Without a report the run must not go on.
func (b *bulk) report(out bulkLineJSON) error {
	b.counts[out.Result]++
	if b.json {
		e := json.NewEncoder(i18n.EscapeJSON(b.c.stdout))
		e.SetEscapeHTML(false)
		return e.Encode(out)
	}
	row := []string{fmt.Sprint(out.Line), b.word(out.Result)}
	if out.Selector != nil {
		row = append(row, *out.Selector)
	}
	if out.ID != nil {
		row = append(row, string(*out.ID))
	}
	if out.Reason != nil {
		row = append(row, *out.Reason)
	}
	_, err := fmt.Fprintln(b.c.stdout, visible(strings.Join(row, "  ")))
	return err
}

func (b *bulk) word(r bulkResult) string {
	return map[bulkResult]i18n.Text{
		bulkDone: {Ko: "완료", En: "done"}, bulkPlanned: {Ko: "예정", En: "would be done"},
		bulkAlready: {Ko: "이미 됨", En: "already"}, bulkNotFound: {Ko: "없음", En: "not found"},
		bulkRefused: {Ko: "거절", En: "refused"},
	}[r].In(b.c.lang)
}

// finish prints the counts and fails if a line did.
func (b *bulk) finish() error {
	total := 0
	var parts []string
	for _, r := range []bulkResult{bulkDone, bulkPlanned, bulkAlready, bulkNotFound, bulkRefused} {
		if n := b.counts[r]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%s %d", b.word(r), n))
		}
	}
	if total == 0 {
		return &failure{status: statusFailed, text: b.c.pick("파일에 회원이 없습니다", "the file names no user"),
			hint: b.c.pick("한 줄에 한 명씩 적으십시오: id:…, ref:…, kakao:…", "One a line: id:…, ref:…, kakao:…")}
	}
	b.c.warn("%d줄: %s", "%d lines: %s", total, strings.Join(parts, ", "))
	if b.dry {
		b.c.warn("아무것도 하지 않았습니다. 실행하려면 --dry-run 대신 --yes를 붙이십시오.",
			"nothing was done; to do it, replace --dry-run by --yes")
	}
	if failed := b.counts[bulkNotFound] + b.counts[bulkRefused]; failed > 0 {
		if b.counts[bulkNotFound] > 0 {
			b.c.warn("이미 탈퇴한 회원은 id로만 찾을 수 있습니다. 앞서 이 파일로 탈퇴시킨 회원도 그렇습니다.",
				"users who have withdrawn are found by id only, also those whom an earlier run withdrew")
		}
		return &failure{status: statusFailed, text: b.c.pick("되지 않은 줄: %d", "lines that failed: %d", failed),
			hint: b.c.pick("파일을 고쳐 다시 실행하십시오. 이미 된 회원은 그대로입니다.",
				"Correct the file and run this again: users who are done are left as they are.")}
	}
	return nil
}
