// Package providertoken uses and maintains the provider tokens that are kept for the app: it refreshes them under a
// lease, reseals them after a key rotation, and revokes them when their session ends.
package providertoken
