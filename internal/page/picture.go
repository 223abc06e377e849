package page

import (
	"net/url"
	"slices"
	"strings"
)

// picture returns an address that may be shown as an image, "" for every other: only https on a provider's picture
// host. The address is a stranger's text (XS-03); without a picture an initial is drawn.
func (c Config) picture(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || len(address) > 2048 {
		return ""
	}
	if slices.Contains(c.pictureOrigins(), strings.ToLower(u.Scheme+"://"+u.Host)) {
		return u.String()
	}
	return ""
}

// pictureOrigins are the origins of the pictures that are shown, in lower case.
func (c Config) pictureOrigins() []string {
	var all []string
	if c.Pictures {
		for _, p := range c.Providers {
			for _, o := range p.PictureOrigins {
				all = append(all, strings.ToLower(o))
			}
		}
	}
	return all
}
