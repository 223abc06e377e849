// Package providertoken uses and maintains the provider tokens that are kept for the app: refresh under a lease, resealing,
// and ending them with their session.
package providertoken
