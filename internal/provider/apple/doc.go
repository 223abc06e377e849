// Package apple is Apple as a provider: it translates package apple into the neutral types of package provider.
package apple
