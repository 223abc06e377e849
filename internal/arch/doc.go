// Package arch holds the house to its plan: which room stands on which floor, who may import whom, and a few habits that
// no compiler knows. It is tests only. They parse source files and run nothing of ours, so that a broken arrow is named
// as one and not met as an import cycle.
//
// floors_test.go is the plan, rules_test.go the rules on imports, habits_test.go the rest; a change of the house changes
// the plan and CONTRIBUTING.md with it. arch owns no rule on style that gofmt, vet or staticcheck already know.
package arch
