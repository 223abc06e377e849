package store_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/store"
)

// child, set in the environment, makes the test program play another process: see TestMain.
const child = "NORANG_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(child); role != "" {
		if err := play(role, os.Getenv("NORANG_STORE_TEST_DSN")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	stopSharedServer()
	os.Exit(code)
}

func play(role, dsn string) error {
	ctx := context.Background()
	switch role {
	case "open": // create and migrate
		db, err := store.Open(ctx, store.Config{DSN: dsn})
		if err != nil {
			return err
		}
		return db.Close()
	case "serve": // hold the file until killed
		_, err := store.Open(ctx, store.Config{DSN: dsn, Exclusive: true})
		if err != nil {
			return err
		}
		fmt.Println("ready")
		select {}
	case "storm": // sign people in until killed, telling of each whose sign-in was acknowledged
		return storm(ctx, dsn)
	}
	return fmt.Errorf("no such role %q", role)
}

func storm(ctx context.Context, dsn string) error {
	db, err := store.Open(ctx, store.Config{DSN: dsn, Exclusive: true})
	if err != nil {
		return err
	}
	first := rand.Int64N(1 << 40)
	failed := make(chan error)
	var mu sync.Mutex
	for i := range int64(16) {
		go func() {
			for n := first + i; ; n += 16 {
				c := benchCompletion(n)
				if err := signIn(ctx, db, c); err != nil {
					failed <- err
					return
				}
				mu.Lock()
				fmt.Printf("%s %x\n", c.Key.Subject, c.Session.Key[:])
				mu.Unlock()
			}
		}()
	}
	return <-failed
}

// startChild starts the test program in a role.
func startChild(t *testing.T, role, dsn string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+role, "NORANG_STORE_TEST_DSN="+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, out
}

// killSoon lets the child be killed some hundred milliseconds after the first call: once the storm has begun, however
// long a busy machine takes for that.
func killSoon(cmd *exec.Cmd) func() {
	return sync.OnceFunc(func() {
		time.AfterFunc(300*time.Millisecond+time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	})
}
