// Package googletest is an emulator of Google's sign-in for development and tests: OpenID Connect endpoints, account
// chooser and consent pages, revocation, and the security event tokens of Cross-Account Protection (RISC). It is as
// strict as the worst behaviour that Google's documents or its users describe, and never imports package google: both
// are held to google/testdata.
//
//	emu := googletest.Start(t)
//	app := emu.App() // client ID and secret
//	emu.URL()        // in place of https://accounts.google.com, oauth2.googleapis.com and www.googleapis.com
//
// What Google does not document is our choice: codes live for 10 minutes, revoking one token ends the whole grant, no
// event follows the service's own revocation, and events are not repeated. A redirect URI must be one that Google would
// register: https, or http on localhost or a loopback address; [Switches.InsecureRedirects] allows others. Anyone can
// log in as anyone: never let the internet reach it.
package googletest
