package account

import "testing"

// An address that passes without the parser is one that the parser takes as it is.
func TestPlainAddressesAreThoseThatTheParserTakes(t *testing.T) {
	t.Parallel()
	const letters, longest = "a1.-_+@", 6
	plain := 0
	var try func(s string)
	try = func(s string) {
		if validEmail(s) {
			plain++
			if !parsedAddress(s) {
				t.Errorf("%q is valid, but the parser refuses or changes it", s)
			}
		}
		if len(s) == longest {
			return
		}
		for _, c := range letters {
			try(s + string(c))
		}
	}
	try("")
	if plain == 0 {
		t.Error("no address was valid")
	}
}
