// Package seal owns the keys of this service and what is done with them: sealing small things that travel through a
// browser (authenticated encryption, so that nobody reads or alters them) and message authentication codes for form
// tokens.
//
// It does not know what it seals, and keeps no time: what a sealed thing is worth and for how long is said inside it by
// whoever made it.
package seal
