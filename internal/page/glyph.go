package page

import (
	"html/template"

	"github.com/norang-login/norang/internal/session"
)

// glyphs are drawings of devices by their form, 24 units wide.
var glyphs = map[string]string{
	"phone":    `<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>`,
	"tablet":   `<rect x="4.5" y="2.5" width="15" height="19" rx="2"/><path d="M11 18.5h2"/>`,
	"computer": `<rect x="3" y="4" width="18" height="12.5" rx="1.5"/><path d="M8.5 20.5h7M12 16.5v4"/>`,
	"unknown":  `<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.4 2.3q-.9.4-.9 1.4v.5M12 17v.1"/>`,
}

// forms are the forms of devices by system. A tablet with Android does not say that it is one.
var forms = map[session.System]string{
	session.SystemIPhone: "phone", session.SystemAndroid: "phone", session.SystemIPad: "tablet",
	session.SystemWindows: "computer", session.SystemMac: "computer", session.SystemChromeOS: "computer",
	session.SystemLinux: "computer",
}

// glyph is the drawing of a device with its name for screen readers. That of an unknown device is hidden from them,
// because the text next to it says the same.
func (x *texts) glyph(v View, a session.Agent) template.HTML {
	form, ok := forms[a.System]
	name := `role="img" aria-label="` + template.HTMLEscapeString(x.text(v, "device.form."+form)) + `"`
	if !ok {
		form, name = "unknown", `aria-hidden="true"`
	}
	return template.HTML(`<svg class="glyph" viewBox="0 0 24 24" width="24" height="24" ` + name + `>` +
		glyphs[form] + `</svg>`)
}
