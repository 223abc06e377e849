// Package export writes everything that is stored about a user as one JSON document.
package export
