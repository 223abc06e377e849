// Package events defines what the app is told about its users: joined, changed, withdrew, signed out.
//
// An event contains ids and no personal data; its receiver asks for the rest and gets the current state. Package store
// writes it in the transaction of the change and assigns its position in the feed afterwards.
package events
