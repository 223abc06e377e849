//go:build !linux

package store

// networkFS names the network file system that dir is on, "" if it is none or cannot be told, as here.
func networkFS(string) string { return "" }
