// Package fileowner keeps the account of files that another account writes: operators run commands as root, and the
// service, which has an account of its own, must be able to use its files afterwards.
package fileowner
