// Package proxies tests forward auth with real proxies: the configurations under examples/ are run as they are shipped,
// by nginx and Caddy, with norang behind them, the emulator, and an app that records what reaches it. Only addresses and
// certificates are replaced.
package proxies
