// Package returnurl decides where users may be redirected after a sign-in or another step: paths of the service itself
// and the listed origins. It also knows which host names are this machine, and which domain one owner registered.
package returnurl
