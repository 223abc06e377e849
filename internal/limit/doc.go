// Package limit counts requests per client address with token buckets in bounded memory.
//
// It knows no routes and no proxies: the caller passes the client's address.
package limit
