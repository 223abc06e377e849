// Package profile serves the user's own pages: account, devices, sign-in log, consents, linking, merging, link
// tickets, export and withdrawal.
package profile
