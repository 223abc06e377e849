package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// starts is the number of measured starts.
const starts = 9

// moduleRoot returns the directory of the module that holds the program.
func moduleRoot(ctx context.Context) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/norang-login/norang")
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("source of norang not found, run this in the directory bench: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// build builds the program as released and returns its path.
func build(ctx context.Context, dir string) (string, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "norang")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nopgxregisterdefaulttypes",
		"-ldflags", "-s -w -funcalign=16", "-o", path, "./cmd/norang")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

// idleRun measures the size, start-up time and idle memory of the released program.
func idleRun(ctx context.Context, _ options, dir string) (string, error) {
	program, err := build(ctx, dir)
	if err != nil {
		return "", err
	}
	file, err := os.Stat(program)
	if err != nil {
		return "", err
	}
	p := plan{Dir: filepath.Join(dir, "idle"), Sessions: 1000}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return "", err
	}
	if err := seedNorang(ctx, p); err != nil {
		return "", err
	}
	var cold, memory, private []float64
	for i := range starts + 1 {
		took, resident, own, err := startOnce(ctx, program, p)
		if err != nil {
			return "", err
		}
		if i > 0 { // the first start creates the keys
			cold = append(cold, 1e3*took.Seconds())
			memory, private = append(memory, float64(resident)/1e6), append(private, float64(own)/1e6)
		}
	}
	return fmt.Sprintf("## Start-up and idle memory\n\nThe released `norang serve` with a SQLite database of "+
		"1,000 users; medians of "+
		"%d starts, each killed before the next.\n\n| | | goal |\n|---|---|---|\n", starts) +
		fmt.Sprintf("| time from process start to the first 200 response | %.0f ms | 30 ms |\n", median(cold)) +
		fmt.Sprintf("| memory two seconds later (VmRSS) | %.1f MB | 30 MB |\n", median(memory)) +
		fmt.Sprintf("| of it without pages of the program's file (RssAnon) | %.1f MB | |\n", median(private)) +
		fmt.Sprintf("| size of the stripped program | %.1f MB | 32 MB |\n", float64(file.Size())/1e6), nil
}

// startOnce starts the service, measures it and kills it.
func startOnce(ctx context.Context, program string, p plan) (took time.Duration, resident, own int64, err error) {
	if err := p.listen(); err != nil {
		return 0, 0, 0, err
	}
	cfg := config(p)
	cmd := exec.CommandContext(ctx, program, "serve")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.Dir,
		"NORANG_URL=" + cfg.URL, "NORANG_LISTEN=" + p.Addr, "NORANG_OPS_LISTEN=127.0.0.1:0",
		"NORANG_DATABASE=" + cfg.Database, "NORANG_KEYS=" + cfg.Keys,
		"NORANG_ALLOW_EMULATOR=1", "NORANG_NO_ADMIN_KEY=1",
		"KAKAO_CLIENT_ID=" + cfg.Kakao.ClientID, "KAKAO_CLIENT_SECRET=" + cfg.Kakao.ClientSecret, "KAKAO_APP_ID=1",
		"KAKAO_AUTH_URL=" + cfg.Kakao.AuthURL, "KAKAO_API_URL=" + cfg.Kakao.APIURL, "KAKAO_ISSUER=" + cfg.Kakao.Issuer,
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for {
		resp, err := http.Get("http://" + p.Addr + "/auth/healthz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(began) > 10*time.Second {
			return 0, 0, 0, errors.Join(errors.New("service not ready after 10s"), err)
		}
		time.Sleep(time.Millisecond / 2)
	}
	took = time.Since(began)
	time.Sleep(2 * time.Second)
	resident, errAll := residentOf(cmd.Process.Pid, "VmRSS")
	own, errOwn := residentOf(cmd.Process.Pid, "RssAnon")
	return took, resident, own, errors.Join(errAll, errOwn)
}

// residentOf returns a kind of resident memory of a process in bytes, see proc_pid_status(5).
func residentOf(pid int, kind string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), kind+":")
	line, _, _ := strings.Cut(rest, "kB")
	kb, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return kb * 1024, err
}
