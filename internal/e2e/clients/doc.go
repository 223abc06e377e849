// Package clients tests the emulators with login clients that others wrote. The clients are unchanged: the emulators
// answer at the providers' own host names, behind a throwaway CA, so that addresses built into a client lead to them.
package clients
