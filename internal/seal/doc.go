// Package seal manages the service's keys: authenticated encryption of small values that travel through a browser, and
// message authentication codes for form tokens.
//
// It does not know what it seals. Expiry is up to the caller, inside the sealed value.
package seal
