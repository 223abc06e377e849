package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	texttemplate "text/template"

	"github.com/norang-login/norang/internal/i18n"
)

//go:embed templates/*.html templates/console/*.html
var templateFiles embed.FS

// Config is what pages depend on.
type Config struct {
	Brand Brand // its Name is required
	// Prefix is where norang's own pages live; default "/auth".
	Prefix string
	// Providers are the identity providers in the order of their buttons.
	Providers []Provider
	// Overrides replaces templates and the style sheet by file name; default none. See the package's documentation.
	Overrides fs.FS
	// ReturnOrigins are the other origins to which users may return, exact or "https://*.host"; default none. The
	// join form redirects there, and Chromium checks that against form-action.
	ReturnOrigins []string
	// Pictures shows profile pictures from the providers' hosts; default off: an initial is drawn instead.
	Pictures bool
	// Console makes a renderer of the operator's console and its problem pages, and of nothing else. Overrides have no
	// effect on it. Default off.
	Console bool
	// Dev shows hints for developers on problem pages and allows http origins. Default off.
	Dev bool
}

// Renderer renders pages. It is safe for concurrent use.
type Renderer struct {
	cfg    Config
	csp    string
	pages  map[string]func() (*template.Template, error) // each parses its page at the first call
	assets map[string]asset                              // by served name
	named  map[string]string                             // from plain to served name
}

// OverrideErrors are what is wrong with the files of Config.Overrides, for each file its first error.
type OverrideErrors []error

func (e OverrideErrors) Error() string { return errors.Join(e...).Error() }

// Unwrap is for package errors.
func (e OverrideErrors) Unwrap() []error { return e }

// ConfigError is a member of [Config] that cannot be used.
type ConfigError struct {
	Member string // such as "Brand.Logo"
	Reason string
}

func (e ConfigError) Error() string { return "page: " + e.Member + ": " + e.Reason }

// ConfigErrors are all members that cannot be used.
type ConfigErrors []ConfigError

func (e ConfigErrors) Error() string {
	errs := make([]error, len(e))
	for i, one := range e {
		errs[i] = one
	}
	return errors.Join(errs...).Error()
}

// New reads the templates and the style sheet. It reports all errors of cfg at once, as [ConfigErrors], and if there
// are none, those of the overrides, as [OverrideErrors].
func New(cfg Config) (*Renderer, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = "/auth"
	}
	errs := slices.Concat(cfg.Brand.check(), cfg.checkProviders())
	if !strings.HasPrefix(cfg.Prefix, "/") || strings.HasSuffix(cfg.Prefix, "/") || strings.HasPrefix(cfg.Prefix, "//") {
		errs = append(errs, ConfigError{"Prefix", fmt.Sprintf(`%q is not a path like "/auth"`, cfg.Prefix)})
	}
	for _, o := range cfg.ReturnOrigins {
		if reason := checkOrigin(strings.Replace(o, "://*.", "://", 1), true); reason != "" {
			errs = append(errs, ConfigError{"ReturnOrigins", reason})
		}
	}
	if len(errs) > 0 {
		return nil, ConfigErrors(errs)
	}
	cfg.Brand.Name = clean(cfg.Brand.Name)
	r := &Renderer{cfg: cfg, csp: cfg.policy(), pages: map[string]func() (*template.Template, error){}}
	if errs := r.load(); len(errs) > 0 {
		return nil, OverrideErrors(errs) // the embedded files have none
	}
	return r, nil
}

// frameFiles are parsed into every page.
var frameFiles = []string{"layout.html", "parts.html"}

// consoleDir holds the pages of the operator's console, with a layout of its own.
const consoleDir = "console/"

func (r *Renderer) load() []error {
	sources, errs := r.sources()
	if len(errs) > 0 {
		return errs
	}
	r.assets, r.named = r.cfg.buildAssets(sources[styleSheet])
	words := &texts{&r.cfg}
	base := template.New("page").Funcs(words.funcs(r.named)).Funcs(words.consoleFuncs()).Option("missingkey=error")
	for _, name := range frameFiles {
		if _, err := base.New(name).Parse(sources[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if len(errs) > 0 {
		return errs // without its frame no page can be checked
	}
	for name, source := range sources {
		if name != styleSheet && !slices.Contains(frameFiles, name) {
			r.pages[name] = sync.OnceValues(func() (*template.Template, error) { return parsePage(base, name, source) })
		}
	}
	if r.cfg.Overrides == nil {
		return nil // the embedded templates are known to parse, and few are used soon: parsing all would delay the start
	}
	for _, name := range slices.Sorted(maps.Keys(r.pages)) {
		if _, err := r.pages[name](); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return r.renderSamples()
}

// renderSamples finds what parses and fails only when it is rendered, such as an unknown field. The error of a file is
// reported once, for the first sample: the others of its pages fail likewise, and all pages do if it is the frame's.
func (r *Renderer) renderSamples() (errs []error) {
	seen := map[string]bool{}
	for _, s := range samples(r.cfg.provider("").Name) {
		err := r.Render(io.Discard, s.view)
		if err == nil {
			continue
		}
		file := s.view.file()
		if failed, ok := errors.AsType[texttemplate.ExecError](err); ok {
			err = failed // whose text begins with the file: template: layout.html:1:2: …
			file, _, _ = strings.Cut(strings.TrimPrefix(failed.Error(), "template: "), ":")
		}
		if !seen[file] {
			errs = append(errs, err)
		}
		seen[file] = true
	}
	return errs
}

// parsePage parses a page into a copy of the frame.
func parsePage(frame *template.Template, name, source string) (*template.Template, error) {
	t, err := frame.Clone()
	if err == nil {
		_, err = t.New(name).Parse(source)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// sources reads the embedded files and their overrides.
func (r *Renderer) sources() (map[string]string, []error) {
	sources := map[string]string{styleSheet: embeddedStyle}
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, []error{err}
	}
	for _, e := range entries {
		if e.IsDir() || r.cfg.Console && e.Name() != "parts.html" {
			continue
		}
		raw, err := templateFiles.ReadFile("templates/" + e.Name())
		if err != nil {
			return nil, []error{err}
		}
		sources[e.Name()] = string(raw)
	}
	if r.cfg.Console {
		if err := consoleSources(sources); err != nil {
			return nil, []error{err}
		}
		return sources, nil
	}
	if r.cfg.Overrides == nil {
		return sources, nil
	}
	found, err := fs.ReadDir(r.cfg.Overrides, ".")
	if err != nil {
		return nil, []error{err}
	}
	replaceable := strings.Join(slices.Sorted(maps.Keys(sources)), ", ")
	var errs []error
	replaced := false
	for _, e := range found {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".css") {
			continue
		}
		// With a misspelt name the embedded page would stay in place unnoticed.
		if _, ok := sources[name]; !ok {
			errs = append(errs, i18n.Errorf("%s은(는) 바꿀 파일이 없습니다. 바꿀 수 있는 것: %s",
				"%s replaces nothing: want one of %s", name, replaceable))
			continue
		}
		replaced = true
		raw, err := fs.ReadFile(r.cfg.Overrides, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sources[name] = string(raw)
	}
	if replaced {
		return sources, errs
	}
	if at := r.buried(sources); at != "" {
		errs = append(errs, i18n.Errorf("%s은(는) 하위 디렉터리에 있어 아무것도 바꾸지 않습니다. %s 디렉터리를 지정하십시오(Go에서는 fs.Sub)",
			"%s replaces nothing, because it is in a directory: name %s itself (in Go: fs.Sub)", at, path.Dir(at)))
	}
	return sources, errs
}

// buried is the path of an override in a directory, as in an embed.FS of //go:embed pages; "" if there is none.
func (r *Renderer) buried(sources map[string]string) (at string) {
	_ = fs.WalkDir(r.cfg.Overrides, ".", func(name string, e fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil || name == ".":
			return nil
		case e.IsDir() && (strings.HasPrefix(base, ".") || strings.Count(name, "/") > 2):
			return fs.SkipDir
		case sources[base] != "" && !e.IsDir() && base != name:
			at = name
			return fs.SkipAll
		}
		return nil
	})
	return at
}

// consoleSources adds the files of the operator's console.
func consoleSources(sources map[string]string) error {
	entries, err := templateFiles.ReadDir("templates/" + strings.TrimSuffix(consoleDir, "/"))
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	for _, e := range entries {
		raw, err := templateFiles.ReadFile("templates/" + consoleDir + e.Name())
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		switch e.Name() {
		case "layout.html", (Problem{}).file():
			sources[e.Name()] = string(raw)
		case "parts.html":
			sources["parts.html"] += string(raw)
		default:
			sources[consoleDir+e.Name()] = string(raw)
		}
	}
	sources[styleSheet] += consoleStyle
	return nil
}

// Render writes a complete page, or nothing if its template fails. The caller sets status and headers, Content-Type
// ("text/html; charset=utf-8") included.
func (r *Renderer) Render(w io.Writer, v View) error {
	page, ok := r.pages[v.file()]
	if !ok {
		return fmt.Errorf("page: no template %s", v.file())
	}
	t, err := page()
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, "layout.html", v); err != nil {
		return fmt.Errorf("page: %s: %w", v.file(), err)
	}
	_, err = w.Write(buf.Bytes())
	return err
}
