package kakaotest

import "net/http"

// tokeninfo is POST /oauth/tokeninfo. It returns the payload of an ID token.
func tokeninfo(c *call) answer {
	if !c.fault.IsZero() {
		return c.badBody("KOE400")
	}
	payload, err := c.w.keys.open(c.get("id_token"), c.w.cfg.Issuer, c.w.now())
	if err != nil {
		return kauthFail("KOE400", err.Error())
	}
	return jsonAnswer(http.StatusOK, payload)
}
