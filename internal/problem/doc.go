// Package problem decides what users and API clients see of an error: one table from a code to the HTTP status, the
// owner of the fix, the texts, the next step, and the log level. docs/problems.md is generated from it.
//
// An [Error] carries a code up through the program, and [From] turns any error into a [Problem]: what carries no code
// is "internal", so that the text of an error never reaches a reader (OP-09). [Problem.Write] answers programs (RFC
// 9457); package web shows pages. What the codes of a provider mean, the provider explains ([provider.Explanation]).
package problem
