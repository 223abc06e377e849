// Package webhook receives provider notices: calls of a provider's servers about a user.
package webhook
