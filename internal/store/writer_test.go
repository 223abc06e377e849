package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// scratch is a writer on a database with one table, "t(v)", and a connection to look with.
func scratch(t *testing.T, queue int) (*writer, *sqliteConn) {
	t.Helper()
	path, err := preparePath(Config{DSN: filepath.Join(t.TempDir(), "w.db")})
	if err != nil {
		t.Fatal(err)
	}
	db := &sqliteDB{path: path, cfg: Config{BusyTimeout: 100 * time.Millisecond}}
	look, err := db.connectWriter()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := look.exec("CREATE TABLE t (v INTEGER PRIMARY KEY) STRICT"); err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(db.connectWriter, queue, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Errorf("close: %v", err)
		}
		_ = look.close()
	})
	return w, look
}

func insert(v int) func(tx) error {
	return func(t tx) error {
		_, err := t.exec("INSERT INTO t (v) VALUES ($1)", v)
		return err
	}
}

func rowsIn(t *testing.T, c *sqliteConn) string {
	t.Helper()
	var v int64
	var all []string
	if err := c.each("SELECT v FROM t ORDER BY v", nil, []any{&v}, func() error {
		all = append(all, fmt.Sprint(v))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// hold keeps the writer busy until the returned function is called, so that what is queued meanwhile is one batch.
func hold(t *testing.T, w *writer) (release func()) {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- w.write(context.Background(), func(tx) error { close(entered); <-leave; return nil })
	}()
	<-entered
	return func() {
		close(leave)
		if err := <-done; err != nil {
			t.Errorf("holder: %v", err)
		}
	}
}

// queued waits until n jobs wait.
func queued(w *writer, n int) {
	for len(w.queue) < n {
		time.Sleep(time.Millisecond)
	}
}

func TestBatchMembersDoNotHarmEachOther(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	release := hold(t, w)
	boom := errors.New("boom")
	jobs := []func(tx) error{
		insert(1),
		func(t tx) error { // writes, then fails
			if err := insert(2)(t); err != nil {
				return err
			}
			return boom
		},
		func(t tx) error { // writes, then panics
			if err := insert(3)(t); err != nil {
				return err
			}
			panic("at the disco")
		},
		func(t tx) error { // violates a constraint halfway
			if err := insert(4)(t); err != nil {
				return err
			}
			return insert(1)(t)
		},
		func(t tx) error { _, err := t.exec("INSERT INTO nowhere VALUES (1)"); return err },
		insert(5),
	}
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	for i, fn := range jobs {
		wg.Go(func() { errs[i] = w.write(t.Context(), fn) })
		queued(w, i+1) // in this order
	}
	release()
	wg.Wait()
	if got := rowsIn(t, look); got != "1 5" {
		t.Errorf("rows are %q, want 1 and 5", got)
	}
	for i, err := range errs {
		if ok := i == 0 || i == 5; ok != (err == nil) {
			t.Errorf("job %d: %v", i, err)
		}
	}
	if errs[1] != boom || !strings.Contains(fmt.Sprint(errs[2]), "at the disco") || !isSQLiteUnique(errs[3]) {
		t.Errorf("errors are %v", errs)
	}
}

// A batch runs again only if there is something to undo: invalid requests cannot slow others down.
func TestBatchRestartsOnlyToUndo(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, c := range []struct {
		name string
		fail func(tx) error
		runs int
	}{
		{"reads and fails", func(t tx) error {
			var v int64
			if err := t.get("SELECT v FROM t", nil, &v); err != nil {
				return err
			}
			return boom
		}, 1},
		{"writes and fails", func(t tx) error { return errors.Join(insert(2)(t), boom) }, 2},
		{"writes late and fails", func(t tx) error { return errors.Join(t.put("INSERT INTO t (v) VALUES (2)"), boom) }, 2},
		{"writes by reading and fails", func(t tx) error {
			var v int64
			return errors.Join(t.get("INSERT INTO t (v) VALUES (2) RETURNING v", nil, &v), boom)
		}, 2},
		{"fails in the first statement", insert(1), 2},
		{"fails in a read", func(t tx) error {
			var v int64
			return t.get("SELECT v FROM nowhere", nil, &v)
		}, 2},
		{"finds nothing and fails", func(t tx) error {
			var v int64
			return t.get("SELECT v FROM t WHERE v = 9", nil, &v)
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, look := scratch(t, 100)
			release := hold(t, w)
			runs := 0
			errs := make([]error, 3)
			var wg sync.WaitGroup
			for i, fn := range []func(tx) error{
				func(t tx) error { runs++; return insert(1)(t) }, c.fail, insert(3),
			} {
				wg.Go(func() { errs[i] = w.write(t.Context(), fn) })
				queued(w, i+1)
			}
			release()
			wg.Wait()
			if errs[0] != nil || errs[1] == nil || errs[2] != nil || errors.Is(errs[1], errTogether) {
				t.Errorf("errors are %v", errs)
			}
			if got := rowsIn(t, look); got != "1 3" || runs != c.runs {
				t.Errorf("rows are %q after %d runs, want 1 and 3 after %d", got, runs, c.runs)
			}
			if err := w.write(t.Context(), c.fail); err == nil { // alone
				t.Error("passes for written")
			}
			if got := rowsIn(t, look); got != "1 3" {
				t.Errorf("rows are %q", got)
			}
		})
	}
}

func TestWriteCancelledInTheQueueIsNotRun(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	release := hold(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp, neighbour := make(chan error, 1), make(chan error, 1)
	go func() { gaveUp <- w.write(ctx, insert(1)) }()
	queued(w, 1)
	go func() { neighbour <- w.write(t.Context(), insert(2)) }()
	queued(w, 2)
	cancel()
	if err := <-gaveUp; !errors.Is(err, ErrBusy) || !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	release()
	if err := <-neighbour; err != nil {
		t.Errorf("neighbour: %v", err)
	}
	if got := rowsIn(t, look); got != "2" {
		t.Errorf("rows are %q, want 2", got)
	}
}

// A call that is cancelled while it is written learns the result, and the batch is not rolled back.
func TestWriteCancelledWhileRunningReportsItsResult(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	ctx, cancel := context.WithCancel(t.Context())
	err := w.write(ctx, func(t tx) error {
		cancel()
		return insert(1)(t)
	})
	if err != nil {
		t.Errorf("write: %v", err)
	}
	if got := rowsIn(t, look); got != "1" {
		t.Errorf("rows are %q", got)
	}
}

func TestFullQueueIsBusyAtOnce(t *testing.T) {
	t.Parallel()
	w, _ := scratch(t, 2)
	release := hold(t, w)
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			if err := w.write(t.Context(), insert(i)); err != nil {
				t.Errorf("write: %v", err)
			}
		})
	}
	queued(w, 2)
	if err := w.write(t.Context(), insert(9)); !errors.Is(err, ErrBusy) {
		t.Errorf("write to a full queue: %v", err)
	}
	release()
	wg.Wait()
}

// A log that is always being written never ends by itself; it must not grow with what was written.
func TestLogStaysBounded(t *testing.T) {
	cfg := Config{DSN: filepath.Join(t.TempDir(), "w.db"), Exclusive: true}
	if err := setDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	db, err := openSQLite(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	if err := db.write(t.Context(), func(t tx) error {
		return t.put("CREATE TABLE big (v INTEGER PRIMARY KEY, b BLOB) STRICT")
	}); err != nil {
		t.Fatal(err)
	}
	const megabytes, each = 160, 200_000
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range megabytes * 1_000_000 / each / 4 {
				if err := db.write(t.Context(), func(t tx) error {
					return t.put("INSERT INTO big (v, b) VALUES ($1, zeroblob($2)) ON CONFLICT (v) DO UPDATE SET b = zeroblob($2)",
						i, each)
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	info, err := os.Stat(db.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if mb := info.Size() >> 20; mb > megabytes*3/4 {
		t.Errorf("the log holds %d MB of %d MB written", mb, megabytes)
	}
}

// SQLite gives a whole transaction up by itself on some errors. Then nothing of the batch may pass for written.
func TestLostTransactionFailsTheBatch(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	release := hold(t, w)
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i, fn := range []func(tx) error{
		insert(1),
		func(t tx) error { _, err := t.exec("ROLLBACK"); return errors.Join(err, errors.New("lost")) },
		insert(3),
	} {
		wg.Go(func() { errs[i] = w.write(t.Context(), fn) })
		queued(w, i+1)
	}
	release()
	wg.Wait()
	for i, err := range errs {
		if err == nil {
			t.Errorf("job %d passes for written", i)
		}
	}
	if got := rowsIn(t, look); got != "" {
		t.Errorf("rows are %q", got)
	}
	if err := w.write(t.Context(), insert(4)); err != nil { // and the writer goes on
		t.Errorf("afterwards: %v", err)
	}
}

func TestFailedCommitFailsTheBatch(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	if _, err := look.exec("CREATE TABLE child (v INTEGER REFERENCES t (v) DEFERRABLE INITIALLY DEFERRED) " +
		"STRICT"); err != nil {
		t.Fatal(err)
	}
	release := hold(t, w)
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, fn := range []func(tx) error{
		insert(1),
		func(t tx) error { _, err := t.exec("INSERT INTO child VALUES (77)"); return err }, // noticed by COMMIT alone
	} {
		wg.Go(func() { errs[i] = w.write(t.Context(), fn) })
		queued(w, i+1)
	}
	release()
	wg.Wait()
	if errs[0] == nil || errs[1] == nil {
		t.Errorf("errors are %v", errs)
	}
	if got := rowsIn(t, look); got != "" {
		t.Errorf("rows are %q", got)
	}
	if err := w.write(t.Context(), insert(4)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	release := hold(t, w)
	errs := make(chan error, 3)
	for i := range 3 {
		go func() { errs <- w.write(t.Context(), insert(i)) }()
	}
	queued(w, 3)
	closed := make(chan error, 1)
	go func() { closed <- w.close() }()
	release()
	for range 3 {
		if err := <-errs; err != nil {
			t.Errorf("write: %v", err)
		}
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if err := w.write(t.Context(), insert(9)); !errors.Is(err, ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
	if got := rowsIn(t, look); got != "0 1 2" {
		t.Errorf("rows are %q", got)
	}
}

func TestStorm(t *testing.T) {
	w, look := scratch(t, 64)
	const callers, each = 32, 50
	boom := errors.New("boom")
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[int]bool{}
	for i := range callers {
		wg.Go(func() {
			for j := range each {
				v := i*each + j
				err := w.write(t.Context(), func(t tx) error {
					if err := insert(v)(t); err != nil {
						return err
					}
					if v%10 == 0 {
						return boom
					}
					return nil
				})
				if want := v%10 == 0; (err == boom) != want || !want && err != nil {
					t.Errorf("job %d: %v", v, err)
				}
				mu.Lock()
				acknowledged[v] = err == nil
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	var v int64
	n := 0
	if err := look.each("SELECT v FROM t", nil, []any{&v}, func() error {
		if n++; !acknowledged[int(v)] {
			t.Errorf("row %d was not acknowledged", v)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := callers * each * 9 / 10; n != want {
		t.Errorf("%d rows, want %d", n, want)
	}
}

// ST-03, for one writer: the file cannot grow. What does not fit fails, what fits is written, and all works again
// when there is room.
func TestST03_FullDisk(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 100)
	if _, err := look.exec("CREATE TABLE big (b BLOB) STRICT"); err != nil {
		t.Fatal(err)
	}
	connect := w.connect
	pages := func(n int) { // of this connection and of those that the writer opens after it
		t.Helper()
		limit := func(t tx) error {
			var got int64
			return t.get(fmt.Sprintf("PRAGMA max_page_count(%d)", n), nil, &got)
		}
		if err := w.write(t.Context(), func(t tx) error {
			w.connect = func() (*sqliteConn, error) {
				c, err := connect()
				if err != nil {
					return nil, err
				}
				return c, limit(c)
			}
			return limit(t)
		}); err != nil {
			t.Fatal(err)
		}
	}
	pages(20)
	release := hold(t, w)
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i, fn := range []func(tx) error{
		insert(1),
		func(t tx) error { return t.put("INSERT INTO big VALUES (zeroblob(1000000))") },
		insert(3),
	} {
		wg.Go(func() { errs[i] = w.write(t.Context(), fn) })
		queued(w, i+1)
	}
	release()
	wg.Wait()
	if errs[1] == nil {
		t.Error("what did not fit passes for written")
	}
	var want []string
	for i, v := range []string{"1", "", "3"} {
		if errs[i] == nil {
			want = append(want, v)
		}
	}
	if got := rowsIn(t, look); got != strings.Join(want, " ") {
		t.Errorf("rows are %q, acknowledged were %q", got, want)
	}
	pages(1 << 20)
	if err := w.write(t.Context(), insert(9)); err != nil {
		t.Errorf("with free space again: %v", err)
	}
	var ok string
	if err := look.get("PRAGMA integrity_check", nil, &ok); err != nil || ok != "ok" {
		t.Errorf("integrity check: %q, %v", ok, err)
	}
}
