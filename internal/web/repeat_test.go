package web

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
)

func key(n int) (k session.Key) {
	k[0], k[1] = byte(n), byte(n>>8)
	return k
}

// Forms of many sessions take a bounded amount of memory, and old answers are dropped.
func TestSO13_RememberedAnswersAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	p := newRepeats(func() time.Time { return now })
	form := [32]byte{1}
	answer := func(k session.Key) {
		t.Helper()
		mine, theirs := p.begin(k, form)
		if mine == nil || theirs != nil {
			t.Fatal("a first form is answered like another")
		}
		mine.status = 303
		p.end(k, mine)
	}
	for n := range 2 * maxRepeats {
		answer(key(n))
	}
	if len(p.all) > maxRepeats {
		t.Errorf("%d answers kept, want at most %d", len(p.all), maxRepeats)
	}
	if _, theirs := p.begin(key(1), form); theirs == nil || theirs.status != 303 {
		t.Error("a repeated form is not answered like the first")
	}
	if mine, _ := p.begin(key(2), [32]byte{2}); mine == nil {
		t.Error("another form of the session is answered like the first")
	}
	now = now.Add(repeatWindow)
	answer(key(3)) // too late to be a repetition
	answer(key(maxRepeats + 1))
	if len(p.all) > 4 {
		t.Errorf("%d answers kept after the window", len(p.all))
	}
}

// A form that fails after the session sent another one does not end the protection of that one.
func TestSO13_LateFailureForgetsNoLaterForm(t *testing.T) {
	t.Parallel()
	p := newRepeats(time.Now)
	slow, _ := p.begin(key(1), [32]byte{1})
	later, _ := p.begin(key(1), [32]byte{2})
	p.end(key(1), slow) // without an answer to repeat
	if _, theirs := p.begin(key(1), [32]byte{2}); theirs != later {
		t.Error("the later form is handled twice")
	}
	p.end(key(1), later)
	if mine, _ := p.begin(key(1), [32]byte{2}); mine == nil {
		t.Error("a form that failed cannot be sent again")
	}
}

// A full table makes room as its answers expire, in any order.
func TestSO13_AnswersMakeRoomAsTheyExpire(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	now := begin
	p := newRepeats(func() time.Time { return now })
	form := [32]byte{1}
	fill := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			if mine, _ := p.begin(key(n), form); mine != nil {
				mine.status = 303
				p.end(key(n), mine)
			}
		}
	}
	slow, _ := p.begin(key(0), form) // answered last, and waited for longest
	fill(1, maxRepeats/2)
	now = begin.Add(repeatWindow / 2)
	fill(maxRepeats/2, maxRepeats)
	for _, step := range []struct {
		at   time.Duration
		kept int // of the first maxRepeats
	}{
		{repeatWindow - 1, maxRepeats}, {repeatWindow, maxRepeats/2 + 1}, {repeatWindow * 3 / 2, 1}, {repeatWait, 0},
	} {
		now = begin.Add(step.at)
		fill(maxRepeats, 2*maxRepeats) // as many as there is room for, and a search if something may have expired
		kept := 0
		for n := range maxRepeats {
			if p.all[key(n)] != nil {
				kept++
			}
		}
		if kept != step.kept || len(p.all) > maxRepeats {
			t.Errorf("after %v %d of the first answers are kept, want %d; %d in all", step.at, kept, step.kept, len(p.all))
		}
	}
	p.end(key(0), slow)
}
