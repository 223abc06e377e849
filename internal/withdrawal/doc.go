// Package withdrawal closes accounts: on the user's or an operator's request, or because the link at the provider has
// ended. It owns provider notices, unlink jobs and the reconciliation with the provider's list of linked users.
package withdrawal
