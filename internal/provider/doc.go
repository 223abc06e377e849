// Package provider is the contract of an identity provider: three methods that every provider has, and optional
// capabilities that are looked up by type ([Capability]). Each provider is one package below this one; its codes,
// fields and flags end there and become the neutral types of this package.
//
// A provider decides nothing about accounts, writes nothing, and holds nothing of a single sign-in: that comes in
// with the call (CI-05).
package provider
