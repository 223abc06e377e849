package page

import (
	"fmt"
	"net/url"
	"strings"
)

// pictureOrigin is the origin of an entry of Config.PictureHosts: a bare host is https.
func pictureOrigin(entry string) string {
	if strings.Contains(entry, "://") {
		return entry
	}
	return "https://" + entry
}

func checkPictureHost(entry string, dev bool) error {
	if err := checkOrigin("PictureHosts", pictureOrigin(entry), dev); err != nil {
		return fmt.Errorf("%w (a host, or in development an origin)", err)
	}
	return nil
}

// picture gives back an address that may be shown as an image, "" for every other: https on a listed host. What a
// provider or a member wrote there is theirs, so anything else is dropped without a word (XS-03), and an initial is drawn.
func (r *Renderer) picture(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || len(address) > 2048 {
		return ""
	}
	origin := strings.ToLower(u.Scheme + "://" + u.Host)
	for _, entry := range r.cfg.PictureHosts {
		if origin == strings.ToLower(pictureOrigin(entry)) {
			return u.String()
		}
	}
	return ""
}
