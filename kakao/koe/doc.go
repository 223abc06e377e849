// Package koe is the table of Kakao Login's error codes: what each one means,
// whose fault it is, where in Kakao's console it is put right, and what to tell
// the person who met it, in Korean and English.
//
// It owns the knowledge and nothing else: it makes no call, knows no client and
// imports nothing of this module. The client attaches its entries to errors, the
// emulator takes Kakao's texts from it, "norang explain" prints it and
// docs/errors.md is generated from it (go test ./kakao/koe -update).
//
// Kakao documents the codes on its pages "trouble-shooting" and "REST API error
// code" (2021-2026). Where those pages are silent, Entry.Unconfirmed says so, and
// no program should rely on it.
//
// Codes that Kakao names beside its login (business authentication, Kakao's own plug-ins) are listed with the
// Place Elsewhere, and nothing more is known about them.
package koe
