// Package provider owns what an identity provider is to norang: three methods, and capabilities that some have beside
// them. Each provider is one file; its own words (codes, fields, flags) end here and become the neutral types of this
// package.
//
// A provider decides nothing about accounts and writes nothing. It holds nothing of a single login: everything of that
// kind comes in with the call (CI-05).
package provider
