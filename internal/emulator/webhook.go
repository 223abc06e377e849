package emulator

import "net/url"

// CheckWebhook accepts "", for no webhook, and absolute http and https URLs. The error names what.
func CheckWebhook(what, text string) error {
	u, err := url.Parse(text)
	if text == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return Errorf("%s: http나 https 주소여야 합니다: %q", "%s must be an http or https URL, got %q", what, Clip(text, 200))
}
