package app

import (
	"slices"

	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
)

// parts are made of a Config alone. To make them is also the check whether they can be made.
type parts struct {
	list      []Provider
	providers *provider.Set
	pages     *page.Renderer
}

// prepare makes the parts. With other errors the providers cannot be made, and the templates alone are checked, without
// them.
func (c *checker) prepare() {
	if len(c.errs) > 0 {
		if c.Templates == nil {
			return
		}
		_, err := newPages(*c.Config, new(provider.Set))
		for _, e := range ConfigErrors(err) {
			if e.Field == "Templates" {
				c.errs = append(c.errs, e)
			}
		}
		return
	}
	count := c.metrics
	if count == nil {
		count = metrics.New(c.Now)
	}
	made, err := builtinProviders(*c.Config, count)
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	c.made.list = slices.Concat(made, c.further)
	if c.made.providers, err = newProviders(*c.Config, count, c.made.list); err != nil {
		c.errs = append(c.errs, unusable("Providers", err))
		return
	}
	if c.made.pages, err = newPages(*c.Config, c.made.providers); err != nil {
		c.errs = append(c.errs, err)
	}
}
