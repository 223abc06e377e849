package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// verifyPath is the check of a session.
const verifyPath = "/auth/verify"

// tokenPath issues an access token, by POST.
const tokenPath = "/auth/token"

// sample is the result of a round of a target.
type sample struct {
	requests int
	errors   int
	took     time.Duration
	cpu      time.Duration // used by the target's process
}

func (s sample) rate() float64 { return float64(s.requests) / s.took.Seconds() }

// cpuPer returns the target's CPU time per request in seconds.
func (s sample) cpuPer() float64 { return s.cpu.Seconds() / float64(max(s.requests, 1)) }

// verifyOnce sends a request for every cookie to fill the cache. After as many random requests as there are sessions,
// a third of the sessions would still be missing from it.
func verifyOnce(addr, path string, cookies []string, conns int) error {
	var wg sync.WaitGroup
	errs := make([]error, conns)
	for i := range conns {
		wg.Go(func() {
			at := i
			_, _, errs[i] = verifyConn(addr, path, func() (string, bool) {
				if at >= len(cookies) {
					return "", false
				}
				at += conns
				return cookies[at-conns], true
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// verifyLoad sends requests with random cookies over conns persistent connections.
func verifyLoad(addr, path string, cookies []string, conns int, d time.Duration) (sample, error) {
	var mu sync.Mutex
	var out sample
	var first error
	var wg sync.WaitGroup
	began := time.Now()
	stop := began.Add(d)
	for range conns {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
			n, bad, err := verifyConn(addr, path, func() (string, bool) {
				cookie := ""
				if len(cookies) > 0 {
					cookie = cookies[rnd.IntN(len(cookies))]
				}
				return cookie, time.Now().Before(stop)
			})
			mu.Lock()
			defer mu.Unlock()
			out.requests += n
			out.errors += bad
			if err != nil {
				first = err
			}
		})
	}
	wg.Wait()
	out.took = time.Since(began)
	return out, first
}

// verifyConn sends requests over one connection until next returns false. A "" cookie is not sent.
func verifyConn(addr, path string, next func() (string, bool)) (n, bad int, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 8<<10)
	buf := make([]byte, 0, 1024)
	name := sessionName(addr)
	start := "GET " + path + " HTTP/1.1\r\nHost: "
	if path == tokenPath {
		start = "POST " + path + " HTTP/1.1\r\nX-Norang-CSRF: 1\r\nContent-Length: 0\r\nHost: "
	}
	for {
		cookie, more := next()
		if !more {
			return n, bad, nil
		}
		buf = append(buf[:0], start...)
		buf = append(buf, addr...)
		if cookie != "" {
			buf = append(buf, "\r\nCookie: "...)
			if token, ok := strings.CutPrefix(cookie, seededName); ok {
				buf = append(append(buf, name...), token...)
			} else {
				buf = append(buf, cookie...)
			}
		}
		buf = append(buf, "\r\n\r\n"...)
		if _, err := c.Write(buf); err != nil {
			return n, bad, err
		}
		status, err := readResponse(r)
		if err != nil {
			return n, bad, err
		}
		n++
		if status != 200 {
			bad++
		}
	}
}

// readResponse reads an HTTP/1.1 response with a Content-Length, as all targets send, and returns its status.
func readResponse(r *bufio.Reader) (status int, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, errors.Join(err, fmt.Errorf("malformed status line %q", line))
	}
	status, err = strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, err
	}
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > 16 && strings.EqualFold(string(line[:16]), "Content-Length: ") {
			if length, err = strconv.Atoi(strings.TrimSpace(string(line[16:]))); err != nil {
				return 0, err
			}
		}
	}
	_, err = r.Discard(length)
	return status, err
}

// seededName starts the lines of a cookie file; the name that norang has for the session cookie at an address on http
// differs by port.
const seededName = "norang-dev="

func sessionName(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return "norang-dev-" + port + "="
}

// sessionCookie is a line of a cookie file as a Cookie header for a target.
func sessionCookie(addr, line string) string {
	if token, ok := strings.CutPrefix(line, seededName); ok {
		return sessionName(addr) + token
	}
	return line
}

func readLines(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	return strings.Fields(string(data)), err
}

// cpuOf returns the user and system CPU time of a process.
func cpuOf(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The command name in parentheses may contain spaces.
	_, rest, ok := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 14 {
		return 0, errors.New("malformed /proc/PID/stat")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err, err2) // USER_HZ is 100 on Linux
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if len(s) == 0 {
		return 0
	}
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}
