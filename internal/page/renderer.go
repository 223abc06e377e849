package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Config is what pages depend on.
type Config struct {
	// Brand is the service's face; its Name is required.
	Brand Brand
	// Prefix is where norang's own pages live; default "/auth".
	Prefix string
	// Overrides replaces templates and the style sheet by file name; default none. See the package's documentation.
	Overrides fs.FS
	// KakaoOrigin is where Kakao's logout page is in the browser's eyes; default "https://kauth.kakao.com".
	KakaoOrigin string
	// ReturnOrigins are the origins beside our own to which a person may be sent back, exact or "https://*.host": the
	// join form ends there, and Chromium holds that against form-action. Default none.
	ReturnOrigins []string
	// PictureHosts are the hosts whose pictures are shown, exact and https: "k.kakaocdn.net". With Dev an entry may be
	// an origin, "http://localhost:5001". Default none: an initial is drawn instead.
	PictureHosts []string
	// Dev shows developers their hints on problem pages and allows http origins. Default false.
	Dev bool
}

// Renderer draws pages. It is made by [New] and safe for concurrent use.
type Renderer struct {
	cfg    Config
	csp    string
	pages  map[string]*template.Template
	assets map[string]asset  // by served name
	named  map[string]string // from plain to served name
}

// New reads templates and style sheet. It reports all faults of the configuration and of the overrides at once.
func New(cfg Config) (*Renderer, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = "/auth"
	}
	if cfg.KakaoOrigin == "" {
		cfg.KakaoOrigin = kakaoAuth
	}
	errs := []error{cfg.Brand.check(), checkOrigin("KakaoOrigin", cfg.KakaoOrigin, cfg.Dev)}
	if !strings.HasPrefix(cfg.Prefix, "/") || strings.HasSuffix(cfg.Prefix, "/") || strings.HasPrefix(cfg.Prefix, "//") {
		errs = append(errs, fmt.Errorf(`page: Prefix %q: want a path like "/auth"`, cfg.Prefix))
	}
	for _, o := range cfg.ReturnOrigins {
		errs = append(errs, checkOrigin("ReturnOrigins", strings.Replace(o, "://*.", "://", 1), true))
	}
	for _, h := range cfg.PictureHosts {
		errs = append(errs, checkPictureHost(h, cfg.Dev))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	cfg.Brand.Name = clean(cfg.Brand.Name)
	r := &Renderer{cfg: cfg, csp: cfg.policy(), pages: map[string]*template.Template{}}
	if err := r.load(); err != nil {
		return nil, err
	}
	return r, nil
}

// frameFiles are parsed into every page.
var frameFiles = []string{"layout.html", "parts.html"}

func (r *Renderer) load() error {
	sources, err := r.sources()
	if err != nil {
		return err
	}
	r.assets, r.named = r.cfg.buildAssets(sources[styleSheet])
	base := template.New("page").Funcs(r.funcs()).Option("missingkey=error")
	var errs []error
	for _, name := range frameFiles {
		if _, err := base.New(name).Parse(sources[name]); err != nil {
			errs = append(errs, fmt.Errorf("page: %s: %w", name, err))
		}
	}
	framed := len(errs) == 0 // on a frame that does not parse no page can be judged
	for name, source := range sources {
		if name == styleSheet || slices.Contains(frameFiles, name) || !framed {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			_, err = t.New(name).Parse(source)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("page: %s: %w", name, err))
			continue
		}
		r.pages[name] = t
	}
	if err := errors.Join(errs...); err != nil || r.cfg.Overrides == nil {
		return err
	}
	// A template that names a field which is not there parses well and fails later, before a person. Samples find it.
	for _, s := range samples() {
		if err := r.Render(io.Discard, s.view); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sources reads our files and what replaces them.
func (r *Renderer) sources() (map[string]string, error) {
	sources := map[string]string{styleSheet: embeddedStyle}
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	for _, e := range entries {
		raw, err := templateFiles.ReadFile("templates/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		sources[e.Name()] = string(raw)
	}
	if r.cfg.Overrides == nil {
		return sources, nil
	}
	found, err := fs.ReadDir(r.cfg.Overrides, ".")
	if err != nil {
		return nil, fmt.Errorf("page: overrides: %w", err)
	}
	var errs []error
	for _, e := range found {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".css") {
			continue
		}
		// A misspelt name would leave our page in place without a word.
		if _, ok := sources[name]; !ok {
			errs = append(errs, fmt.Errorf("page: overrides: %s replaces nothing", name))
			continue
		}
		raw, err := fs.ReadFile(r.cfg.Overrides, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("page: overrides: %w", err))
			continue
		}
		sources[name] = string(raw)
	}
	return sources, errors.Join(errs...)
}

// Render writes a page, whole: if its template fails, nothing is written and the error says which. Status, Content-Type
// ("text/html; charset=utf-8") and the other headers are the caller's.
func (r *Renderer) Render(w io.Writer, v View) error {
	t, ok := r.pages[v.file()]
	if !ok {
		return fmt.Errorf("page: no template %s", v.file())
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, "layout.html", v); err != nil {
		return fmt.Errorf("page: %s: %w", v.file(), err)
	}
	_, err := w.Write(buf.Bytes())
	return err
}
