// Package forward identifies users to apps: forward auth for reverse proxies, the session JSON, and the guards for
// Go handlers. It also serves the health checks.
package forward
