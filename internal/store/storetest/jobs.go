package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/jobs"
)

var jobTests = []test{
	{"JobIsQueuedOncePerKey", jobsOnce},
	{"JobIsClaimedOnce", jobsClaimed},
	{"LeaseEnds", jobsLease},
	{"JobsQueuedByAClockThatWasAheadRun", jobsOfFastClock},
	{"RetriedUntilGivenUp", jobsRetry},
	{"LargePayloadsAreRefused", jobsTooMuch},
}

func job(key string) jobs.New {
	return jobs.New{Kind: "test", Key: key, About: "user-1", Payload: `{"n":"가"}`, At: noon}
}

func (w world) queue(t *testing.T, j jobs.New) {
	t.Helper()
	if err := w.Store.QueueJob(t.Context(), j); err != nil {
		t.Fatalf("QueueJob: %v", err)
	}
}

func claimJobs(t *testing.T, s Store, now time.Time, limit int) []jobs.Job {
	t.Helper()
	all, err := s.ClaimJobs(t.Context(), now, time.Minute, limit)
	if err != nil {
		t.Fatalf("ClaimJobs: %v", err)
	}
	return all
}

func settleJob(t *testing.T, s Store, j jobs.Job, state jobs.State, next time.Time) error {
	t.Helper()
	return s.SettleJob(t.Context(), jobs.Settlement{ID: j.ID, Attempt: j.Attempt, State: state, At: noon, Next: next,
		Outcome: string(state)})
}

func jobsOnce(t *testing.T, w world) {
	for range 3 {
		w.queue(t, job("a"))
	}
	other := job("a")
	other.Kind = "other"
	w.queue(t, other)
	all := claimJobs(t, w.Store, noon, 10)
	if len(all) != 2 || all[0].Kind != "test" || all[0].Key != "a" || all[0].About != "user-1" ||
		all[0].Payload != `{"n":"가"}` ||
		all[0].Attempt != 1 || !all[0].CreatedAt.Equal(noon.Truncate(time.Millisecond)) {
		t.Fatalf("ClaimJobs = %+v", all)
	}
	if err := settleJob(t, w.Store, all[0], jobs.Done, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := settleJob(t, w.Store, all[0], jobs.Done, time.Time{}); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("settled twice: %v", err)
	}
	w.queue(t, job("a")) // done is done
	if again := claimJobs(t, w.Store, noon.Add(time.Hour), 10); len(again) != 1 || again[0].Kind != "other" {
		t.Errorf("claimed again: %+v", again)
	}
	diff(t, w.Query(t, "SELECT payload, outcome FROM jobs WHERE kind = 'test'"), [][]string{{"NULL", "done"}})
	sweepAll(t, w, noon.Add(jobs.KeepDone+time.Hour), 10)
	if n := w.count(t, "jobs"); n != 1 {
		t.Errorf("%d jobs after a week, want the open one", n)
	}
}

func jobsClaimed(t *testing.T, w world) {
	const n = 40
	for i := range n {
		w.queue(t, job(fmt.Sprint(i)))
	}
	var mu sync.Mutex
	seen := map[int64]int{}
	var wg sync.WaitGroup
	for i := range 4 {
		st := replica(w, i)
		wg.Go(func() {
			for range n {
				all, err := st.ClaimJobs(t.Context(), noon, time.Minute, 3)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, j := range all {
					seen[j.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("%d jobs claimed, want %d", len(seen), n)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("job %d claimed %d times", id, times)
		}
	}
}

// jobsOfFastClock has a retry and a new job that were written while the clock was nine hours ahead, and a job that
// waits for as long as one may.
func jobsOfFastClock(t *testing.T, w world) {
	fast := noon.Add(9 * time.Hour)
	retried, delayed := job("retried"), job("delayed")
	retried.At, delayed.At = fast, noon.Add(time.Hour)
	w.queue(t, retried)
	j := claimJobs(t, w.Store, fast, 1)[0]
	if err := settleJob(t, w.Store, j, jobs.Open, fast.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	queued := job("queued")
	queued.At = fast
	w.queue(t, queued)
	w.queue(t, delayed)
	sweepAll(t, w, noon, 10)
	var keys []string
	for _, j := range claimJobs(t, w.Other, noon, 10) {
		keys = append(keys, j.Key)
	}
	slices.Sort(keys)
	diff(t, keys, []string{"queued", "retried"})
}

func jobsLease(t *testing.T, w world) {
	w.queue(t, job("a"))
	first := claimJobs(t, w.Store, noon, 1)[0]
	if all := claimJobs(t, w.Other, noon.Add(59*time.Second), 1); len(all) != 0 {
		t.Fatalf("claimed under a lease: %+v", all)
	}
	second := claimJobs(t, w.Other, noon.Add(61*time.Second), 1)
	if len(second) != 1 || second[0].Attempt != 2 {
		t.Fatalf("after the lease: %+v", second)
	}
	// The first attempt is late: it does not overwrite the second one's result.
	if err := settleJob(t, w.Store, first, jobs.Dead, time.Time{}); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("late settlement: %v", err)
	}
	if err := settleJob(t, w.Other, second[0], jobs.Done, time.Time{}); err != nil {
		t.Error(err)
	}
}

func jobsRetry(t *testing.T, w world) {
	w.queue(t, job("a"))
	j := claimJobs(t, w.Store, noon, 1)[0]
	if err := settleJob(t, w.Store, j, jobs.Open, noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if all := claimJobs(t, w.Store, noon, 1); len(all) != 0 {
		t.Errorf("tried again too early: %+v", all)
	}
	j = claimJobs(t, w.Store, noon.Add(time.Second), 1)[0]
	if err := settleJob(t, w.Store, j, jobs.Dead, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if all := claimJobs(t, w.Store, noon.Add(time.Hour), 1); len(all) != 0 {
		t.Errorf("dead and claimed: %+v", all)
	}
	dead, err := w.Store.DeadJobs(t.Context(), 0)
	if err != nil || len(dead) != 1 || dead[0].Kind != "test" || dead[0].Attempts != 2 || dead[0].Outcome != "dead" ||
		dead[0].About != "user-1" {
		t.Errorf("DeadJobs = %+v, %v", dead, err)
	}
	if c, err := w.Store.CountJobs(t.Context()); err != nil || c != (jobs.Counts{Dead: 1}) {
		t.Errorf("CountJobs = %+v, %v", c, err)
	}
	if n, err := w.Store.ReviveJobs(t.Context(), noon.Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("ReviveJobs = %d, %v", n, err)
	}
	if all := claimJobs(t, w.Store, noon.Add(time.Hour), 1); len(all) != 1 || all[0].Payload == "" {
		t.Errorf("after revival: %+v", all)
	}
}

func jobsTooMuch(t *testing.T, w world) {
	big := job("big")
	big.Payload = strings.Repeat("x", jobs.MaxPayload+1)
	for _, j := range []jobs.New{big, {Kind: "test", At: noon}, {Key: "a", At: noon}} {
		if err := w.Store.QueueJob(t.Context(), j); err == nil {
			t.Errorf("queued: kind %q, key %q", j.Kind, j.Key)
		}
	}
	j := job("a")
	j.At = noon.Add(-time.Hour)
	w.queue(t, j)
	w.queue(t, job("b"))
	all := claimJobs(t, w.Store, noon, 1)
	if len(all) != 1 || all[0].Key != "a" {
		t.Fatalf("oldest first, one at most: %+v", all)
	}
	err := w.Store.SettleJob(t.Context(), jobs.Settlement{ID: all[0].ID, Attempt: 1, State: jobs.Done, At: noon,
		Outcome: strings.Repeat("가", 200) + "\x00\xff"})
	if err != nil {
		t.Errorf("long outcome: %v", err)
	}
}
