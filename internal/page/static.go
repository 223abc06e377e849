package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
)

const (
	styleSheet = "norang.css"
	icon       = "icon.svg"
)

//go:embed static/norang.css
var embeddedStyle string

//go:embed static/console.css
var consoleStyle string

//go:embed static/page.js
var scriptSource string

// script is the only script of the pages. It is inline, so that the policy can name its hash and nothing else of this
// origin, which may belong to an app, is ever run on a page; see docs/decisions/page-script.md.
var script = template.HTML("<script>" + scriptSource + "</script>")

// scriptHash is the script as a source of the content security policy.
func scriptHash() string {
	sum := sha256.Sum256([]byte(scriptSource))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// asset is a static file.
type asset struct {
	contentType string
	body        []byte
}

// buildAssets builds the static files. Names hold a hash of the content, so that browsers may cache them forever.
func (c Config) buildAssets(style string) (map[string]asset, map[string]string) {
	assets, named := map[string]asset{}, map[string]string{}
	add := func(name, contentType, body string) {
		sum := sha256.Sum256([]byte(body))
		ext := path.Ext(name)
		served := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		assets[served] = asset{contentType, []byte(body)}
		named[name] = served
	}
	add(styleSheet, "text/css; charset=utf-8", c.Brand.colorCSS()+c.buttonCSS()+style)
	add(icon, "image/svg+xml", c.Brand.icon())
	return assets, named
}

// icon is the browser tab's icon: the initial of the service's name on its colour.
func (b Brand) icon() string {
	color := b.Color
	if color == "" {
		color = defaultColor
	}
	c, err := parseColor(color)
	if err != nil {
		c, _ = parseColor(defaultColor)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">`+
		`<rect width="32" height="32" rx="8" fill="%s"/>`+
		`<text x="16" y="22" text-anchor="middle" font-family="system-ui, sans-serif" font-size="17" `+
		`font-weight="700" fill="%s">%s</text></svg>`+"\n",
		c, c.ink(), html.EscapeString(initial(b.Name)))
}

// Static serves the files under {prefix}/static/ by their base name. It neither sets nor reads cookies. Unknown names
// are 404, including those of earlier versions.
func (r *Renderer) Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name := path.Base(req.URL.Path)
		a, ok := r.assets[name]
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		switch {
		case req.Method != http.MethodGet && req.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		case !ok:
			h.Set("Cache-Control", "no-store")
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		h.Set("Content-Type", a.contentType)
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Del("Vary")
		// An SVG opened by itself is a document; it may not run scripts.
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if req.Method == http.MethodGet {
			_, _ = w.Write(a.body) // the client is gone if this fails
		}
	})
}
