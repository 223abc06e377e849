package kakaotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

const maxProperty = 1000 // characters of a user property; our choice

// userUpdateProfile is POST /v1/user/update_profile.
func userUpdateProfile(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	if fail := c.storeProperties(s, true); fail != nil {
		return *fail
	}
	return jsonAnswer(http.StatusOK, idBody{s.link.userID})
}

// storeProperties reads properties, a JSON object of strings with registered keys. It stores all of them or none.
func (c apiCall) storeProperties(s subject, required bool) *answer {
	if !c.has("properties") && !required {
		return nil
	}
	var props map[string]string
	if json.Unmarshal([]byte(c.get("properties")), &props) != nil || props == nil {
		return c.refuse(-2, "properties must be a JSON object of strings")
	}
	for name, v := range props {
		if !legacyProperty(name) && !slices.Contains(s.app.UserProperties, name) {
			return c.refuse(
				-201,
				fmt.Sprintf("user property not found ([%s] for appId=%d)", clip(name, 60), s.app.AppID),
			)
		}
		if len([]rune(v)) > maxProperty {
			return c.refuse(-2, "a property is too long")
		}
	}
	for name, v := range props {
		s.link.properties[name] = v
	}
	return nil
}
