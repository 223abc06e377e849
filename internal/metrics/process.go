package metrics

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	rtm "runtime/metrics"
	"strconv"
	"strings"
)

// What every Go program counts, under the names that Prometheus' own library gives it, so that dashboards made for any Go
// program show norang as well.

// goSamples are sums of what the runtime counts. The order of memory classes is that of the names, not of importance.
var goSamples = []struct {
	name, kind, help string
	from             []string
}{
	{"go_gc_gogc_percent", "gauge", "Heap growth at which the collector runs (GOGC).", []string{"/gc/gogc:percent"}},
	{"go_gc_gomemlimit_bytes", "gauge", "Memory limit of the Go runtime (GOMEMLIMIT).", []string{"/gc/gomemlimit:bytes"}},
	{"go_goroutines", "gauge", "Goroutines that exist.", []string{"/sched/goroutines:goroutines"}},
	{"go_memstats_alloc_bytes", "gauge", "Bytes of objects on the heap.", []string{"/memory/classes/heap/objects:bytes"}},
	{"go_memstats_alloc_bytes_total", "counter", "Bytes allocated on the heap until now, freed or not.", []string{"/gc/heap/allocs:bytes"}},
	{"go_memstats_buck_hash_sys_bytes", "gauge", "Bytes of the profiler's table.", []string{"/memory/classes/profiling/buckets:bytes"}},
	{"go_memstats_frees_total", "counter", "Objects freed until now.", []string{"/gc/heap/frees:objects", "/gc/heap/tiny/allocs:objects"}},
	{"go_memstats_gc_sys_bytes", "gauge", "Bytes of the collector's own data.", []string{"/memory/classes/metadata/other:bytes"}},
	{"go_memstats_heap_alloc_bytes", "gauge", "Bytes of objects on the heap.", []string{"/memory/classes/heap/objects:bytes"}},
	{"go_memstats_heap_idle_bytes", "gauge", "Bytes of the heap that wait to be used.",
		[]string{"/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes"}},
	{"go_memstats_heap_inuse_bytes", "gauge", "Bytes of the heap in use.",
		[]string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"}},
	{"go_memstats_heap_objects", "gauge", "Objects on the heap.", []string{"/gc/heap/objects:objects"}},
	{"go_memstats_heap_released_bytes", "gauge", "Bytes given back to the system.", []string{"/memory/classes/heap/released:bytes"}},
	{"go_memstats_heap_sys_bytes", "gauge", "Bytes of the heap got from the system.",
		[]string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes",
			"/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes"}},
	{"go_memstats_mallocs_total", "counter", "Objects allocated until now.", []string{"/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"}},
	{"go_memstats_mcache_inuse_bytes", "gauge", "Bytes of mcache structures in use.", []string{"/memory/classes/metadata/mcache/inuse:bytes"}},
	{"go_memstats_mcache_sys_bytes", "gauge", "Bytes of mcache structures.",
		[]string{"/memory/classes/metadata/mcache/inuse:bytes", "/memory/classes/metadata/mcache/free:bytes"}},
	{"go_memstats_mspan_inuse_bytes", "gauge", "Bytes of mspan structures in use.", []string{"/memory/classes/metadata/mspan/inuse:bytes"}},
	{"go_memstats_mspan_sys_bytes", "gauge", "Bytes of mspan structures.",
		[]string{"/memory/classes/metadata/mspan/inuse:bytes", "/memory/classes/metadata/mspan/free:bytes"}},
	{"go_memstats_next_gc_bytes", "gauge", "Size of the heap at which the collector runs next.", []string{"/gc/heap/goal:bytes"}},
	{"go_memstats_other_sys_bytes", "gauge", "Other bytes got from the system.", []string{"/memory/classes/other:bytes"}},
	{"go_memstats_stack_inuse_bytes", "gauge", "Bytes of stacks in use.", []string{"/memory/classes/heap/stacks:bytes"}},
	{"go_memstats_stack_sys_bytes", "gauge", "Bytes of stacks got from the system.",
		[]string{"/memory/classes/heap/stacks:bytes", "/memory/classes/os-stacks:bytes"}},
	{"go_memstats_sys_bytes", "gauge", "Bytes got from the system.", []string{"/memory/classes/total:bytes"}},
	{"go_sched_gomaxprocs_threads", "gauge", "Threads that may run Go code at once (GOMAXPROCS).", []string{"/sched/gomaxprocs:threads"}},
	{"go_threads", "gauge", "Threads of the system.", []string{"/sched/threads/total:threads"}},
}

// writeGo reads the runtime without stopping it.
func writeGo(t *text) {
	t.head("go_info", "gauge", "The version of Go that made this program.")
	t.sample("go_info", []string{"version"}, []string{runtime.Version()}, 1)
	for _, s := range goSamples {
		read := make([]rtm.Sample, len(s.from))
		for i, name := range s.from {
			read[i].Name = name
		}
		rtm.Read(read)
		sum, known := 0.0, true
		for _, r := range read {
			known = known && r.Value.Kind() == rtm.KindUint64
			if known {
				sum += float64(r.Value.Uint64())
			}
		}
		if known { // another Go may have no such sample any more
			t.one(s.name, s.kind, s.help, sum)
		}
	}
}

// clockTick is the kernel's USER_HZ: 100 on every architecture that Go knows.
const clockTick = 100

// writeProcess reads what Linux knows of a process under root ("/proc"). Elsewhere there is no such directory, and it
// writes nothing; nor does it for what cannot be read.
func writeProcess(root string) func(*text) {
	return func(t *text) {
		self := filepath.Join(root, "self")
		writeStat(t, root, self)
		if open, err := os.ReadDir(filepath.Join(self, "fd")); err == nil {
			t.one("process_open_fds", "gauge", "Open file descriptors.", float64(len(open)))
		}
		if n, ok := limitOf(self, "Max open files"); ok {
			t.one("process_max_fds", "gauge", "How many file descriptors may be open.", n)
		}
		if n, ok := limitOf(self, "Max address space"); ok {
			t.one("process_virtual_memory_max_bytes", "gauge", "How much virtual memory there may be.", n)
		}
		in, out, ok := octets(self)
		if ok {
			t.one("process_network_receive_bytes_total", "counter", "Bytes received in the process' network namespace.", in)
			t.one("process_network_transmit_bytes_total", "counter", "Bytes sent in the process' network namespace.", out)
		}
	}
}

// writeStat takes /proc/self/stat apart (proc_pid_stat(5)).
func writeStat(t *text, root, self string) {
	raw, err := os.ReadFile(filepath.Join(self, "stat"))
	if err != nil {
		return
	}
	// The second field is the program's name in brackets and may hold blanks and brackets; the third comes after the last.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	field := func(n int) (float64, bool) { // numbered as in the manual
		if n-3 >= len(fields) {
			return 0, false
		}
		v, err := strconv.ParseFloat(fields[n-3], 64)
		return v, err == nil
	}
	user, ok1 := field(14)
	system, ok2 := field(15)
	if ok1 && ok2 {
		t.one("process_cpu_seconds_total", "counter", "CPU time, user and system.", (user+system)/clockTick)
	}
	if v, ok := field(23); ok {
		t.one("process_virtual_memory_bytes", "gauge", "Virtual memory.", v)
	}
	if v, ok := field(24); ok {
		t.one("process_resident_memory_bytes", "gauge", "Resident memory.", v*float64(os.Getpagesize()))
	}
	if v, ok := field(22); ok {
		if boot, ok := lineOf(filepath.Join(root, "stat"), "btime "); ok {
			t.one("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", boot+v/clockTick)
		}
	}
}

// lineOf is the first number behind the line of a file that begins with prefix.
func lineOf(file, prefix string) (float64, bool) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			first, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			v, err := strconv.ParseFloat(first, 64)
			return v, err == nil
		}
	}
	return 0, false
}

// limitOf is a soft limit of the process. Unlimited is as much as fits into 64 bits, as Prometheus' library has it.
func limitOf(self, name string) (float64, bool) {
	raw, err := os.ReadFile(filepath.Join(self, "limits"))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(raw)) {
		rest, ok := strings.CutPrefix(line, name+" ")
		if !ok {
			continue
		}
		if f := strings.Fields(rest); len(f) > 0 {
			if f[0] == "unlimited" {
				return 1 << 64, true
			}
			v, err := strconv.ParseFloat(f[0], 64)
			return v, err == nil
		}
	}
	return 0, false
}

// octets are the IpExt counters of netstat: a line of names, then a line of numbers.
func octets(self string) (in, out float64, ok bool) {
	raw, err := os.ReadFile(filepath.Join(self, "net", "netstat"))
	if err != nil {
		return 0, 0, false
	}
	var names []string
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "IpExt:" {
			continue
		}
		if names == nil {
			names = f
			continue
		}
		found := 0
		for i, name := range names {
			if i >= len(f) {
				break
			}
			v, err := strconv.ParseFloat(f[i], 64)
			switch {
			case err != nil:
			case name == "InOctets":
				in = v
				found++
			case name == "OutOctets":
				out = v
				found++
			}
		}
		return in, out, found == 2
	}
	return 0, 0, false
}
