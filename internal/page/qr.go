package page

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// qrQuiet is the white border that readers need, in modules.
const qrQuiet = 4

// QR draws a text as a QR code, without anything that a content security policy forbids. The text beside it says the
// same to screen readers.
func QR(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("page: qr: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+qrQuiet, y+qrQuiet)
			}
		}
	}
	size := code.Size + 2*qrQuiet
	return template.HTML(fmt.Sprintf(
		`<svg viewBox="0 0 %d %d" aria-hidden="true" focusable="false" shape-rendering="crispEdges"><path d="%s"/></svg>`,
		size, size, path.String())), nil
}
