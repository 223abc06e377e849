package cli

import (
	"io"
	"strings"

	"rsc.io/qr"
)

// quietZone is the white border that readers need, in modules.
const quietZone = 3

// writeQR draws text as a QR code, two modules a character. With colour it is black on white regardless of the terminal
// colours, because some readers cannot read inverted codes.
func writeQR(w io.Writer, text string, colour bool) error {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return err
	}
	black := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < code.Size && y < code.Size && code.Black(x, y)
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		if colour {
			b.WriteString("\x1b[30;107m")
		}
		for x := -quietZone; x < code.Size+quietZone; x++ {
			switch up, down := black(x, y), black(x, y+1); {
			case up && down:
				b.WriteRune('█')
			case up:
				b.WriteRune('▀')
			case down:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		if colour {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	_, err = io.WriteString(w, b.String())
	return err
}
