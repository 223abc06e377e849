package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// contender is a target under load.
type contender struct {
	title string
	name  string // of the target
	plan  plan
	warm  func(addr string, cookies []string) error // before the rounds; nil for none
	load  func(addr string, cookies []string, d time.Duration) (sample, error)

	cmd     *exec.Cmd
	pprof   string // address of its profiles
	cookies []string
	samples []sample
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "norang-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var tables []string
	for _, part := range []struct {
		name string
		run  func(context.Context, options, string) (string, error)
	}{{"verify", verifyRun}, {"login", loginRun}, {"writes", writesRun}, {"ends", endsRun}, {"idle", idleRun}} {
		if o.only != "" && o.only != part.name {
			continue
		}
		t, err := part.run(ctx, o, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		tables = append(tables, t)
	}
	if len(tables) == 0 {
		return fmt.Errorf("no part %q", o.only)
	}
	text := strings.Join(tables, "\n")
	fmt.Print(text)
	if o.markdown == "" {
		return nil
	}
	words, err := wordsOf(o.markdown)
	if err != nil {
		return err
	}
	return os.WriteFile(o.markdown, []byte(header(o)+text+words), 0o644)
}

// wordsOf is the part of the page that people wrote, from its heading on: the tables are made anew, the words stay.
func wordsOf(page string) (string, error) {
	old, err := os.ReadFile(page)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	i := strings.Index(string(old), "\n## What the figures say\n")
	if i < 0 {
		return "", nil
	}
	return string(old[i:]), nil
}

func header(o options) string {
	return "# Benchmarks\n\nWritten by `make compare` (the module in `bench/`), whole processes on one machine, " +
		"the load generator on the same cores. Only ratios within one run mean anything; figures are medians of " +
		fmt.Sprintf("%d rounds of %v, all targets in turn, %d connections.\n\n", o.rounds, o.seconds, o.conns) +
		fmt.Sprintf("%s, %d cores, %s, %s.\n\n", cpuModel(), runtime.NumCPU(), runtime.Version(), time.Now().UTC().Format(time.DateOnly))
}

func cpuModel() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// verifyRun: is this request signed in?
func verifyRun(ctx context.Context, o options, dir string) (string, error) {
	load := func(addr string, cookies []string, d time.Duration) (sample, error) {
		return verifyLoad(addr, cookies, o.conns, d)
	}
	list := []*contender{
		{title: "hello", name: "hello"},
		{title: "eight constant headers", name: "headers"},
		{title: "norang, SQLite", name: "norang"},
		{title: "hello behind Require, SQLite", name: "require"},
		{title: "norang, SQLite, cache off", name: "norang", plan: plan{Cache: -1}},
		{title: "session library (scs), in memory", name: "scs"},
		{title: "session library (scs), SQLite", name: "scs-sqlite"},
		{title: "session in the cookie (gorilla)", name: "gorilla"},
	}
	if o.postgres != "" {
		list = append(list,
			&contender{title: "norang, PostgreSQL", name: "norang", plan: plan{Database: o.postgres}},
			&contender{title: "norang, PostgreSQL, cache off", name: "norang", plan: plan{Database: o.postgres, Cache: -1}})
	}
	for i, c := range list {
		c.load = load
		c.warm = func(addr string, cookies []string) error { return verifyOnce(addr, cookies, o.conns) }
		c.plan.Sessions = o.sessions
		c.plan.Dir = filepath.Join(dir, fmt.Sprint("verify", i))
	}
	list, err := choose(list, o.match)
	if err != nil {
		return "", err
	}
	if err := play(ctx, o, list); err != nil {
		return "", err
	}
	return fmt.Sprintf("## Is this request signed in?\n\n`GET /auth/verify`, %d live sessions drawn at random after each has been asked for once, all identity headers.\n\n", o.sessions) +
		table(list, "hello"), nil
}

// loginRun: whole logins over a fake Kakao without delay.
func loginRun(ctx context.Context, o options, dir string) (string, error) {
	kakao := &contender{title: "Kakao", name: "kakao"}
	kakao.plan.Dir = filepath.Join(dir, "kakao")
	if err := kakao.start(ctx); err != nil {
		return "", err
	}
	defer kakao.stop()
	var next atomic.Int64
	load := func(people int) func(string, []string, time.Duration) (sample, error) {
		return func(addr string, _ []string, d time.Duration) (sample, error) {
			return loginLoad(addr, o.conns, people, &next, d)
		}
	}
	list := []*contender{
		{title: "the floor, new people", name: "floor", load: load(0)},
		{title: "the floor, known people", name: "floor", load: load(o.people)},
		{title: "norang, SQLite, new people", name: "norang", load: load(0)},
		{title: "norang, SQLite, known people", name: "norang", load: load(o.people)},
		{title: "goth and scs on SQLite, new people", name: "goth", load: load(0)},
	}
	for i, c := range list {
		c.plan.Kakao = "http://" + kakao.plan.Addr
		c.plan.Dir = filepath.Join(dir, fmt.Sprint("login", i))
	}
	list, err := choose(list, o.match)
	if err != nil {
		return "", err
	}
	if err := play(ctx, o, list); err != nil {
		return "", err
	}
	return "## A whole login\n\nStart and callback, everything on (sealed attempt, claim, ID token verified, user information, account, session, audit log, " +
		"one durable transaction), over a Kakao that answers at once. The floor does the two calls and one durable transaction and checks nothing.\n\n" +
		table(list, "the floor, new people"), nil
}

// choose keeps the first contender, against which the others are measured, and those whose title matches.
func choose(list []*contender, match string) ([]*contender, error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return nil, err
	}
	kept := list[:1]
	for _, c := range list[1:] {
		if re.MatchString(c.title) {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

// play starts every contender, then gives each its round in turn.
func play(ctx context.Context, o options, list []*contender) error {
	for _, c := range list {
		if err := c.start(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		defer c.stop()
	}
	for _, c := range list {
		if c.warm == nil {
			continue
		}
		if err := c.warm(c.plan.Addr, c.cookies); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
	}
	for round := range o.rounds + 1 {
		for _, c := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			s, err := c.round(o.seconds)
			if err != nil {
				return fmt.Errorf("%s: %w", c.title, err)
			}
			if round > 0 { // the first one warms up
				c.samples = append(c.samples, s)
			}
		}
	}
	if o.profile == "" {
		return nil
	}
	if err := os.MkdirAll(o.profile, 0o755); err != nil {
		return err
	}
	for _, c := range list {
		if err := c.profile(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
	}
	return nil
}

// profile has the target profile itself while it is under load.
func (c *contender) profile(ctx context.Context, o options) error {
	var load sync.WaitGroup
	var err error
	load.Go(func() { _, err = c.round(o.seconds + time.Second) })
	defer load.Wait()
	address := fmt.Sprintf("http://%s/?seconds=%d", c.pprof, max(1, int(o.seconds.Seconds())))
	r, rerr := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if rerr != nil {
		return rerr
	}
	resp, rerr := http.DefaultClient.Do(r)
	if rerr != nil {
		return rerr
	}
	defer resp.Body.Close()
	data, rerr := io.ReadAll(resp.Body)
	if rerr != nil {
		return rerr
	}
	load.Wait()
	name := strings.NewReplacer(" ", "-", ",", "").Replace(c.title) + ".pprof"
	return errors.Join(err, os.WriteFile(filepath.Join(o.profile, name), data, 0o644))
}

func (c *contender) round(d time.Duration) (sample, error) {
	before, err := cpuOf(c.cmd.Process.Pid)
	if err != nil {
		return sample{}, err
	}
	s, err := c.load(c.plan.Addr, c.cookies, d)
	if err != nil {
		return sample{}, err
	}
	after, err := cpuOf(c.cmd.Process.Pid)
	s.cpu = after - before
	return s, err
}

// start prepares the target's data, starts its process and waits until it listens.
func (c *contender) start(ctx context.Context) error {
	if err := os.MkdirAll(c.plan.Dir, 0o755); err != nil {
		return err
	}
	if err := c.plan.listen(); err != nil {
		return err
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	return c.launch(ctx)
}

// listen picks a free port.
func (p *plan) listen() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.Addr = ln.Addr().String()
	return ln.Close()
}

// launch starts the process of a target that is prepared.
func (c *contender) launch(ctx context.Context) error {
	text, err := json.Marshal(c.plan)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c.cmd = exec.CommandContext(ctx, self, "target", c.name, string(text))
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		return errors.Join(fmt.Errorf("did not start: %q", line), err)
	}
	c.pprof = address
	c.cookies, err = readLines(c.plan.cookieFile())
	if errors.Is(err, os.ErrNotExist) {
		err = nil // hello has none
	}
	return err
}

// prepare writes what norang needs before it starts. On PostgreSQL every contender has a database of its own.
func (c *contender) prepare(ctx context.Context) error {
	if c.name != "norang" && c.name != "require" {
		return nil
	}
	if c.plan.Database != "" {
		name := fmt.Sprintf("norang_bench_%d_%s", os.Getpid(), filepath.Base(c.plan.Dir))
		if err := createDatabase(ctx, c.plan.Database, name); err != nil {
			return err
		}
		u, err := url.Parse(c.plan.Database)
		if err != nil {
			return err
		}
		u.Path = "/" + name
		c.plan.Database = u.String()
		if err := makeKeys(c.plan); err != nil {
			return err
		}
	}
	if c.plan.Sessions == 0 || c.plan.Filled != "" {
		return nil
	}
	return seedNorang(ctx, c.plan)
}

func (c *contender) stop() {
	if c.cmd == nil || c.cmd.Process == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// table is one of ratios against the contender of that title.
func table(list []*contender, against string) string {
	var rate, cpu float64
	for _, c := range list {
		if c.title == against {
			rate, cpu = median(rates(c)), median(cpus(c))
		}
	}
	var b strings.Builder
	b.WriteString("| | of its throughput | × its CPU | per second | CPU each | errors |\n|---|---|---|---|---|---|\n")
	for _, c := range list {
		bad := 0
		for _, s := range c.samples {
			bad += s.errors
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.0f | %.1f µs | %d |\n", c.title,
			median(rates(c))/rate, median(cpus(c))/cpu, median(rates(c)), median(cpus(c))*1e6, bad)
	}
	return b.String()
}

func rates(c *contender) (out []float64) {
	for _, s := range c.samples {
		out = append(out, s.rate())
	}
	return out
}

func cpus(c *contender) (out []float64) {
	for _, s := range c.samples {
		out = append(out, s.cpuPer())
	}
	return out
}
