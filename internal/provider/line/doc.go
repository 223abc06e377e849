// Package line is LINE as a provider: it translates package line into the neutral types of package provider.
package line
