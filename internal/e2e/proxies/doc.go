// Package proxies tests forward auth with real proxies: nginx and Caddy run the configurations under examples/ in
// front of norang, the emulator and an app that records the requests it receives. Only addresses and certificates
// are replaced.
package proxies
