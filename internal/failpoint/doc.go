// Package failpoint names the places at which a test can kill the process, to see what a power cut leaves.
//
// They exist only under the build tag "failpoints"; otherwise [Hit] is empty and the compiler removes it.
package failpoint
