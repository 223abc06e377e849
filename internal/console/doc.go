// Package console decides who may enter the operator's console: which users hold a role, the hand-off from the main
// address, the console's own short sessions, and the second factor. It knows neither HTTP nor SQL.
//
// Operators are users of the service who were granted a role by a command next to the database. There is no default
// operator.
package console
