package arch

import (
	"fmt"
	"slices"
	"strings"
)

// rule is one thing that the house is held to. check names every fault, beginning with the file.
type rule struct {
	name  string
	why   string
	check func(*house) []string
}

// rules are all of them. TestRulesCanFail shows each one failing.
var rules = []rule{
	{"floors", "arrows point down; a reason in floors_test.go lets one stay on its floor", checkFloors},
	{"one way in", "some rooms have few callers, see narrow in floors_test.go", checkNarrow},
	{"strangers", "client and emulator are each held to kakao/testdata, not to each other", checkStrangers},
	{"tests stay out of the program", "what helps tests is not shipped", checkTestOnly},
	{"package comments", "a package says what it owns and what it does not", checkPackageComments},
	{"main is short", "cmd/norang/main.go calls cli and is under 20 lines", checkMain},
	{"package names", "a package is named for what it owns", checkPackageNames},
	{"no init", "nothing happens because something was imported", checkInit},
	{"short files", "a file is read in one go; a longer one has its reason in floors_test.go", checkFiles},
	{"short functions", "a function fits on a screen or two; a longer one has its reason in floors_test.go", checkFuncs},
	{"small interfaces", "an interface has at most five methods and is declared by its reader", checkInterfaces},
	{"finished", "what cannot be done is left out, not announced", checkFinished},
}

// floorOf finds a room in the plan. Examples live on top of everything.
func floorOf(room string) (int, bool) {
	for floor, rooms := range floors {
		if slices.Contains(rooms, room) {
			return floor, true
		}
	}
	return len(floors), isExample(room)
}

func isExample(room string) bool {
	return room == examplesRoot || strings.HasPrefix(room, examplesRoot+"/")
}

// checkFloors is about the program: a test may reach up, as long as Go lets it.
func checkFloors(h *house) []string {
	var faults []string
	for _, room := range h.rooms() {
		if _, ok := floorOf(room); !ok {
			faults = append(faults, fmt.Sprintf("%s: is on no floor: give it one in floors_test.go and CONTRIBUTING.md", room))
		}
	}
	for _, f := range h.files {
		if f.test {
			continue
		}
		from, ok := floorOf(f.room)
		for _, p := range f.imports {
			room, ours := roomOf(p)
			if !ours || !ok {
				continue
			}
			if isExample(f.room) {
				if !slices.Contains(public, room) {
					faults = append(faults, fmt.Sprintf("%s: an example imports %s, which no other module could", f.path, room))
				}
				continue
			}
			to, ok := floorOf(room)
			switch {
			case !ok:
				faults = append(faults, fmt.Sprintf("%s: imports %s, which is on no floor", f.path, room))
			case to > from:
				faults = append(faults, fmt.Sprintf("%s: floor %d imports %s on floor %d", f.path, from, room, to))
			case to == from && sideways[arrow{f.room, room}] == "":
				faults = append(faults, fmt.Sprintf("%s: imports %s on the same floor %d, without a reason", f.path, room, to))
			}
		}
	}
	return faults
}

// checkNarrow leaves tests, rooms for tests and examples alone.
func checkNarrow(h *house) []string {
	var faults []string
	for _, f := range h.files {
		if f.test || slices.Contains(testRooms, f.room) || isExample(f.room) {
			continue
		}
		for _, n := range narrow {
			if f.importsRoom(n.room) && !slices.Contains(n.by, f.room) {
				faults = append(faults, fmt.Sprintf("%s: imports %s: %s", f.path, n.room, n.why))
			}
		}
	}
	return faults
}

// checkStrangers looks at in-package tests too; only external test packages may know both.
func checkStrangers(h *house) []string {
	var faults []string
	for _, f := range h.files {
		if f.external {
			continue
		}
		for _, s := range strangers {
			if f.room == s.from && f.importsRoom(s.to) || f.room == s.to && f.importsRoom(s.from) {
				faults = append(faults, fmt.Sprintf("%s: %s and %s know of each other", f.path, s.from, s.to))
			}
		}
	}
	return faults
}

func checkTestOnly(h *house) []string {
	var faults []string
	for _, f := range h.files {
		if f.test || slices.Contains(testRooms, f.room) {
			continue
		}
		for _, p := range f.imports {
			room, ours := roomOf(p)
			if ours && slices.Contains(testRooms, room) || !ours && slices.ContainsFunc(testOnly, matches(p)) {
				faults = append(faults, fmt.Sprintf("%s: imports %s, which is for tests", f.path, p))
			}
		}
	}
	return faults
}

// matches compares an import path with a pattern of testOnly.
func matches(importPath string) func(pattern string) bool {
	return func(pattern string) bool {
		return importPath == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(importPath, pattern)
	}
}

func (f *goFile) importsRoom(room string) bool {
	return slices.ContainsFunc(f.imports, func(p string) bool {
		r, ours := roomOf(p)
		return ours && r == room
	})
}

// unused lists the exceptions of floors_test.go that nothing needs any more: they go when their reason goes.
func unused(h *house) []string {
	var idle []string
	for a := range sideways {
		if !slices.ContainsFunc(h.files, func(f *goFile) bool { return !f.test && f.room == a.from && f.importsRoom(a.to) }) {
			idle = append(idle, fmt.Sprintf("sideways: %s does not import %s", a.from, a.to))
		}
	}
	slices.Sort(idle)
	return slices.Concat(
		idle,
		unneeded("long", long, longFiles(h)),
		unneeded("longFuncs", longFuncs, longFunctions(h)),
		unneeded("wide", wide, wideInterfaces(h)),
	)
}

func unneeded(table string, exceptions map[string]string, list []over) []string {
	var faults []string
	for name := range exceptions {
		if !slices.ContainsFunc(list, func(o over) bool { return o.name == name }) {
			faults = append(faults, fmt.Sprintf("%s: %s is not over the limit", table, name))
		}
	}
	slices.Sort(faults)
	return faults
}
