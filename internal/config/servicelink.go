package config

import (
	"regexp"
	"strings"
)

// linkForm matches the variables that Kubernetes puts into every container for a service named "norang" or like a
// provider: NORANG_SERVICE_HOST, NORANG_PORT=tcp://…, NORANG_PORT_5000_TCP_ADDR and others.
var linkForm = regexp.MustCompile(`^(?:NORANG|KAKAO|NAVER|LINE|APPLE|GOOGLE|OIDC)(?:_[A-Z0-9_]+)?_` +
	`(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$`)

// serviceLink reports a variable that Kubernetes made. NORANG_PORT is one only with a value such as
// tcp://10.0.0.7:5000; a plain number was meant as a setting.
func serviceLink(name, value string) bool {
	return linkForm.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}
