// Package linking owns the identities of a user: listing and removing them, merging two accounts, and link tickets.
// Adding an identity is a sign-in with purpose login.Link.
package linking
