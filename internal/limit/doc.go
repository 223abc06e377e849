// Package limit owns how often a stranger may ask: token buckets for client addresses, in bounded memory.
//
// It does not know routes, requests or proxies: whoever asks hands in the client's address, and says what is counted.
package limit
