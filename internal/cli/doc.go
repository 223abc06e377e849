// Package cli owns the commands: what the program prints, its exit status, and the way from settings to a running
// service. One file is one command.
//
// It decides nothing about logins: serve and dev compose a norang.Config and hand it to norang.New. Everything printed
// goes through console, so that it exists in Korean and English; errors are a sentence and a hint on standard error.
//
// Exit status: 0 done, 1 failed, 2 wrong usage, which faulty settings are too.
package cli
