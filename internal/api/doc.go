// Package api serves programs: access tokens for the app's APIs, with the documents by which their verifiers configure
// themselves.
package api
