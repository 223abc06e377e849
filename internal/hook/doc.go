// Package hook calls the operator's app: requests are signed as in Standard Webhooks, go only to allowed addresses
// and are bounded in time and size.
//
// It does not know what is sent (packages events and join) and does not retry; the caller does.
package hook
