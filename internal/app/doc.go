// Package app wires the service: it checks the configuration, opens the store, builds every use case, mounts the web
// features, and runs the background work. It is the only package that imports the store.
package app
