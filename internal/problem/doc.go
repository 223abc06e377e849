// Package problem owns what can go wrong in the eyes of those who meet it: one table from a code to the HTTP status, the
// owner of the remedy, the texts, the way on, and how loudly it is logged. docs/problems.md is generated from it.
//
// An [Error] carries a code up through the program; [From] turns whatever came up into a [Problem], and what carries no
// code into "internal", so that no text of an error ever reaches a visitor (OP-09). A Problem prints itself for programs
// ([Problem.Write], RFC 9457); package web puts it into a page for people.
//
// It does not log, does not draw pages (package page), and does not hold what Kakao's codes mean (package kakao/koe does).
package problem
