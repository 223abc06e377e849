// Package proxy is the reverse proxy mode: norang in front of an app. It serves norang's own routes, decides who is
// behind every other request, and passes it on as it was sent, with identity and forwarding headers that only norang
// writes. A request that cannot be passed on unchanged is refused, never tidied.
package proxy
