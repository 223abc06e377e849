// Package proxytest proves door 1: the configurations under examples/ are run as they are shipped, by the real nginx and
// the real Caddy, with a whole norang behind them, an emulator of Kakao, and an app that writes down what reaches it.
// Only addresses and certificates are put in place of the sample's own.
//
// It is tests only, and owns nothing that runs elsewhere.
package proxytest
