// Package emulators tests the pages of the emulators in a browser.
package emulators
