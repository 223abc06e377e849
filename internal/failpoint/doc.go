// Package failpoint owns the named places at which a test may kill the process, to see what a power cut leaves behind.
//
// They exist only under the build tag "failpoints": in the released program [Hit] is empty and the compiler removes it.
package failpoint
