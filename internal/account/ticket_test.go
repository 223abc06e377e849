package account

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTicketCodesAreNotPrinted(t *testing.T) {
	c, err := NewTicketCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]any{"ticket": c})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c, c,
			c), c.LogValue().String(), string(b), fmt.Errorf("ticket %v", c).Error(),
	} {
		if strings.Contains(text, c.Reveal()) || !strings.Contains(text, "[redacted]") {
			t.Errorf("%q", text)
		}
	}
}

func TestTicketCodesHaveOneSpelling(t *testing.T) {
	c, err := NewTicketCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := ParseTicketCode(c.Reveal()); !ok || got != c {
		t.Error("what was given out is not read")
	}
	if h, ok := ParseTicketHash(c.Hash().String()); !ok || h != c.Hash() || h.String() == c.Reveal() {
		t.Error("the hash is not read, or is the ticket")
	}
	last := c.Reveal()[:42] + string("AEIMQUYcgkosw048"[strings.IndexByte("AEIMQUYcgkosw048", c.Reveal()[42])]+1)
	for _, text := range []string{"", "x", c.Reveal() + "=", c.Reveal()[:42], c.Reveal() + "A",
		strings.Repeat("/", 43), last} {
		if _, ok := ParseTicketCode(text); ok {
			t.Errorf("%q is read", text)
		}
	}
	if _, err := NewTicketCode(iotest.ErrReader(errors.New("no entropy"))); err == nil {
		t.Error("made without randomness")
	}
}
