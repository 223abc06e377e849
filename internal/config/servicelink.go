package config

import (
	"regexp"
	"strings"
)

// linkForm is how Kubernetes tells every container of the services beside it: a service named "norang" puts
// NORANG_SERVICE_HOST, NORANG_PORT=tcp://…, NORANG_PORT_5000_TCP_ADDR and more into each environment, ours included.
var linkForm = regexp.MustCompile(`^(?:NORANG|KAKAO)(?:_[A-Z0-9_]+)?_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$`)

// serviceLink reports a variable that nobody wrote. NORANG_PORT is one only with a value such as tcp://10.0.0.7:5000: with
// a plain number somebody meant a setting.
func serviceLink(name, value string) bool {
	return linkForm.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}
