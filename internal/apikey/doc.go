// Package apikey defines the keys by which an app's server calls the server API: their format, scopes and end, and the
// memory of requests that must not be carried out twice.
package apikey
