// Package events defines the events that the app receives about its users: joined, changed, withdrawn, signed out.
//
// An event contains ids and no personal data; its receiver asks for the rest and gets the current state. Package store
// writes it in the transaction of the change and assigns its position in the feed afterwards.
package events
