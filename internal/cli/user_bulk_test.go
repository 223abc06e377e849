package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
)

// runBulk disables the users of text, with change, and returns what was printed.
func runBulk(
	text io.Reader, change func(operator.Selector) (*operator.User, error),
) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	c := &terminal{ctx: context.Background(), stdout: &out, stderr: &errs, lang: i18n.En}
	b := &bulk{
		c: c, change: change, changes: func(was account.Status) bool { return was != account.Disabled },
		counts: map[bulkResult]int{},
	}
	err = b.run(bufio.NewReaderSize(text, maxBulkLine+2))
	return out.String(), errs.String(), err
}

func TestBulkReportsProgressOnStandardError(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := runBulk(strings.NewReader(strings.Repeat("ref:1\n", 2*bulkProgressEvery)),
		func(operator.Selector) (*operator.User, error) {
			return &operator.User{User: account.User{Status: account.Active}}, nil
		})
	if err != nil || strings.Count(stdout, "\n") != 2*bulkProgressEvery {
		t.Fatalf("%v, %d lines", err, strings.Count(stdout, "\n"))
	}
	want := "norang: 1000 lines processed\nnorang: 2000 lines processed\nnorang: 2000 lines: done 2000\n"
	if stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
}

// An error that concerns only a line does not end the run; any other does, and names the line.
func TestBulkStopsAtErrorsThatConcernMoreThanALine(t *testing.T) {
	t.Parallel()
	broken := errors.New("database is gone")
	for _, tt := range []struct {
		err   error
		stops bool
	}{
		{operator.ErrNoSuchUser, false},
		{operator.ErrAmbiguous, false},
		{operator.ErrWithdrawn, false},
		{account.ErrNotFound, false},
		{account.ErrLastOperator, false},
		{errors.Join(operator.ErrNoSuchUser, operator.ErrNotRecorded), true},
		{context.Canceled, true},
		{broken, true},
	} {
		calls := 0
		_, stderr, err := runBulk(strings.NewReader("ref:1\nref:2\nref:3"), func(operator.Selector) (*operator.User, error) {
			if calls++; calls == 2 {
				return nil, fmt.Errorf("change: %w", tt.err)
			}
			return new(operator.User), nil
		})
		stopped := strings.Contains(stderr, "stopped at line 2; run the command again")
		if err == nil || stopped != tt.stops || errors.Is(err, tt.err) != tt.stops || (calls == 2) != tt.stops {
			t.Errorf("%v: %v, %d calls, %q", tt.err, err, calls, stderr)
		}
	}
}

// A report that cannot be written ends the run before the next change.
func TestBulkStopsWithoutAReport(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	calls := 0
	b := &bulk{
		c: &terminal{ctx: context.Background(), stdout: failingWriter{full}, stderr: io.Discard, lang: i18n.En},
		change: func(operator.Selector) (*operator.User, error) {
			calls++
			return new(operator.User), nil
		},
		changes: func(account.Status) bool { return true }, counts: map[bulkResult]int{},
	}
	err := b.run(bufio.NewReader(strings.NewReader("ref:1\nref:2\n")))
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("%v, %d calls", err, calls)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// A line without an end is read in bounded memory, however long it is, and counts as one.
func TestBulkReadsLinesInBoundedMemory(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	text := io.MultiReader(io.LimitReader(repeated{}, size), strings.NewReader("\nref:2"))
	var seen []string
	stdout, _, err := runBulk(text, func(who operator.Selector) (*operator.User, error) {
		seen = append(seen, who.String())
		return new(operator.User), nil
	})
	if err == nil || !strings.HasPrefix(stdout, "1  refused  the line is too long\n2  done  ref:2") || len(seen) != 1 {
		t.Errorf("%v, %q, %q", err, stdout, seen)
	}
	for length, long := range map[int]bool{maxBulkLine: false, maxBulkLine + 1: true} {
		for _, end := range []string{"", "\n", "\r\n"} {
			in := bufio.NewReaderSize(strings.NewReader(strings.Repeat("x", length)+end), maxBulkLine+2)
			got, isLong, err := readBulkLine(in)
			if err != nil || isLong != long || !long && len(got) != length {
				t.Errorf("%d bytes and %q: %d, %v, %v", length, end, len(got), isLong, err)
			}
			if _, _, err := readBulkLine(in); !errors.Is(err, io.EOF) {
				t.Errorf("%d bytes and %q: %v after the last line", length, end, err)
			}
		}
	}
}

type repeated struct{}

func (repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A signal ends the wait for standard input.
func TestBulkInputEndsWithTheContext(t *testing.T) {
	t.Parallel()
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancel(context.Background())
	r := &contextReader{ctx: ctx, in: in}
	cancel()
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
