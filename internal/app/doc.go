// Package app owns the composition: it checks the configuration, opens the store, builds every service and hands each
// what it needs, and runs what runs in the background. It is the only room that knows the store.
//
// It decides nothing about people and answers no request itself.
package app
