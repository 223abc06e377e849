// Package koe is the table of Kakao Login's error codes: the cause of each code, who has to fix it, the menu of
// Kakao's console where it is fixed, and what to tell the user, in Korean and English.
//
// The package makes no calls and imports nothing else of this module. The client attaches its entries to errors, the
// emulator sends its messages, "norang explain" prints it, and docs/errors.md is generated from it
// (go test ./kakao/koe -update).
//
// Source: Kakao's pages "trouble-shooting" and "REST API error code" (2021-2026). Entry.Unconfirmed names what those
// pages leave open; no program should rely on it. Codes of other Kakao products (business authentication, internal
// plug-ins) are listed with the Place OtherProduct and without a specific meaning.
package koe
