package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/provider"
)

// The types of an import.
type (
	Import       = importing.Service
	ImportReport = importing.Report
)

// ImportOptions are what an import needs besides the settings.
type ImportOptions struct {
	StripPrefix string // taken off ids
	Provider    string // whose ids the file has
	Unchecked   bool   // do not ask the provider whether the ids are this app's
	Progress    func(rows int, written bool)
}

// UnknownProviderError is the error for a name that no configured provider has.
type UnknownProviderError struct {
	Name  string
	Known []string // the names of the configured providers
}

func (e *UnknownProviderError) Error() string {
	return fmt.Sprintf("provider %.40q is not configured; configured: %s", e.Name, strings.Join(e.Known, ", "))
}

// provider makes a configured provider. "" means the first one.
func (c *Config) provider(name string) (Provider, error) {
	var known []string
	for _, b := range c.configured() {
		if name == "" || b.name == name {
			return b.provider(*c, transport(*c))
		}
		known = append(known, b.name)
	}
	return Provider{}, &UnknownProviderError{Name: name, Known: known}
}

// NewImport returns an import of users of a provider that cfg configures.
func (d *Operator) NewImport(cfg Config, by audit.Actor, o ImportOptions) (*Import, error) {
	cfg.setDefaults()
	p, err := cfg.provider(o.Provider)
	if err != nil {
		return nil, err
	}
	info := p.Provider.Info()
	c := importing.Config{
		Store: d.db, Provider: info.Name, Namespace: info.Namespace, Numeric: info.NumericSubject,
		Pattern: info.SubjectPattern, StripPrefix: o.StripPrefix, Terms: cfg.Terms,
		Actor: by, Progress: o.Progress, Now: cfg.Now,
	}
	if links, ok := p.Provider.(provider.LinkChecker); ok && !o.Unchecked {
		c.Links = links
	}
	return importing.New(c)
}

// Errors of [Operator.ExportCSV].
var (
	// ErrWhichProvider: the database has users of several providers.
	ErrWhichProvider = errors.New("name the provider")
	// ErrWhichApp: the database has users of several applications at the provider.
	ErrWhichApp = errors.New("name the app at the provider")
)

// Exported is what [Operator.ExportCSV] wrote.
type Exported struct {
	Provider string
	Rows     int
	Several  int      // users with more than one identity of which the file has one
	Others   []string // providers that have users too
	Apps     []string // the applications at the provider that have users
}

// ExportCSV writes all users of an application at a provider in the form that an import takes. name and app may be ""
// if there is only one.
func (d *Operator) ExportCSV(ctx context.Context, name, app string, w io.Writer) (out Exported, err error) {
	all, err := d.db.Namespaces(ctx)
	if err != nil {
		return out, err
	}
	for _, k := range all {
		if k.Provider != name && !slices.Contains(out.Others, k.Provider) {
			out.Others = append(out.Others, k.Provider)
		}
	}
	switch {
	case name == "" && len(out.Others) > 1:
		return out, ErrWhichProvider
	case name == "" && len(out.Others) == 1:
		name, out.Others = out.Others[0], nil
	case name == "":
		name = builtins[0].name // an empty file
	}
	out.Provider = name
	for _, k := range all {
		if k.Provider == name {
			out.Apps = append(out.Apps, k.Namespace)
		}
	}
	switch {
	case app == "" && len(out.Apps) == 1:
		app = out.Apps[0]
	case app == "" && len(out.Apps) > 1:
		return out, ErrWhichApp
	}
	err = d.Use.Records.ExportOfAll(ctx, func() (err error) {
		if out.Several, err = d.db.CountExtra(ctx, name, app); err != nil {
			return err
		}
		out.Rows, err = importing.WriteCSV(ctx, d.db, name, app, w)
		return err
	})
	return out, err
}
