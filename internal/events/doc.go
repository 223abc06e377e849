// Package events owns what the app behind is told: that somebody became a member, changed, left, or was signed out.
//
// An event holds ids and nothing personal: whoever reads it asks for the rest, and finds what is true then. It is written
// by package store in the transaction of the thing that it tells of, so neither is there without the other, and gets its
// place in the feed afterwards.
package events
