// Package consent owns what a user agrees to after joining: the operator's terms, the provider's consent items, and the
// ledger that records every decision.
package consent
