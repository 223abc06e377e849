package app

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/metrics"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
)

// The types of an import.
type (
	Import       = importing.Service
	ImportReport = importing.Report
)

// ImportOptions are what an import needs besides the settings.
type ImportOptions struct {
	StripPrefix string // taken off ids
	Unchecked   bool   // do not ask the provider whether the ids are this app's
	Progress    func(rows int, written bool)
}

// NewImport returns an import of users of the app at Kakao that cfg configures.
func (d *Operator) NewImport(cfg Config, by audit.Actor, o ImportOptions) (*Import, error) {
	cfg.setDefaults()
	k, _, err := newKakao(cfg, metrics.New(cfg.Now))
	if err != nil {
		return nil, err
	}
	c := importing.Config{
		Store: d.db, Provider: kakaoprovider.Name, Namespace: strconv.FormatInt(cfg.Kakao.AppID, 10),
		StripPrefix: o.StripPrefix, Terms: cfg.Terms, Actor: by, Progress: o.Progress, Now: cfg.Now,
	}
	if !o.Unchecked {
		c.Links = k
	}
	return importing.New(c)
}

// ErrWhichApp: the database has users of several apps at Kakao, or the named one has none.
var ErrWhichApp = errors.New("name the app at the provider")

// ExportCSV writes all users of an app at Kakao in the form that an import takes. app may be "" if there is only one.
// It returns how many there are, and how many users have more than one identity of which the file has one.
func (d *Operator) ExportCSV(ctx context.Context, app string, w io.Writer) (rows, several int, err error) {
	apps, err := d.db.Namespaces(ctx, kakaoprovider.Name)
	if err != nil {
		return 0, 0, err
	}
	switch {
	case app == "" && len(apps) == 1:
		app = apps[0]
	case app == "" && len(apps) > 1:
		return 0, 0, ErrWhichApp
	}
	if err := d.RecordExport(ctx); err != nil {
		return 0, 0, err
	}
	if several, err = d.db.CountExtra(ctx, kakaoprovider.Name, app); err != nil {
		return 0, 0, err
	}
	rows, err = importing.WriteCSV(ctx, d.db, kakaoprovider.Name, app, w)
	return rows, several, err
}
