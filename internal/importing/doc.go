// Package importing brings the users of an existing service in from a CSV file, and writes such a file.
//
// An import creates what is in the file and nothing else. A row that is not exactly right is refused by line and
// reason, never repaired; e-mail addresses and nicknames find no user. Repeating an import changes nothing, so one that
// was interrupted is resumed by starting it again.
package importing
