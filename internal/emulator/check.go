package emulator

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The checks of members that several emulators have. Each error names the member.

// MaxDelay is the longest wait that a scenario can ask for.
const MaxDelay = 10 * time.Minute

// CheckCalls checks which calls a scenario affects.
func CheckCalls(skip, times int) error {
	var faults []error
	if skip < 0 {
		faults = append(faults, Errorf("skip은 0 이상이어야 합니다: %d", "skip must not be negative, got %d", skip))
	}
	if times < -1 {
		faults = append(faults, Errorf("times는 모든 호출이면 -1, 아니면 호출 횟수입니다: %d",
			"times must be -1 for all calls, or a number of calls, got %d", times))
	}
	return errors.Join(faults...)
}

// CheckStatus checks an HTTP status; 0 is for none.
func CheckStatus(status int) error {
	if status != 0 && (status < 200 || status > 599) {
		return Errorf("status는 200에서 599까지입니다: %d", "status must be 200 to 599, got %d", status)
	}
	return nil
}

// CheckDelay checks a wait.
func CheckDelay(member string, d time.Duration) error {
	if d < 0 || d > MaxDelay {
		return Errorf("%s: 0s에서 %s까지입니다: %s", "%s must be between 0s and %s, got %s", member, MaxDelay, d)
	}
	return nil
}

// ParseDuration reads a duration as time.ParseDuration does, or days such as "7d".
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= -1e5 && n <= 1e5 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, Errorf("90m, 24h, 7d 같은 기간이어야 합니다: %q", "must be a duration such as 90m, 24h or 7d, got %q",
			Clip(s, 40))
	}
	return d, nil
}

// CheckAdvance checks a step of the clock.
func CheckAdvance(d time.Duration) error {
	if d <= 0 || d > 10*365*24*time.Hour {
		return Errorf(`by는 "24h", "7d" 같은 기간이며 10년까지입니다`,
			`by must be a duration such as "24h" or "7d", at most ten years`)
	}
	return nil
}

// CheckHeader checks response headers (RFC 9110, section 5.5). Net/http leaves invalid ones out without an error.
func CheckHeader(member string, header map[string]string) error {
	var faults []error
	seen := map[string]string{}
	for name, value := range header {
		switch {
		case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isToken(r) }):
			faults = append(faults, Errorf("%s: 헤더 이름이 아닙니다: %q", "%s: %q is not a header name", member, Clip(name, 60)))
		default:
			faults = append(faults, CheckValue(member+": "+Clip(name, 60), value))
		}
		if other, ok := seen[http.CanonicalHeaderKey(name)]; ok {
			faults = append(faults, Errorf("%s: %q, %q: 같은 헤더입니다", "%s: %q and %q are the same header", member,
				min(name, other), max(name, other)))
		}
		seen[http.CanonicalHeaderKey(name)] = name
	}
	return errors.Join(faults...)
}

// CheckValue checks the value of a response header.
func CheckValue(member, value string) error {
	control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	if strings.ContainsFunc(value, control) || strings.TrimSpace(value) != value {
		return Errorf("%s: 헤더 값에는 제어 문자가 없고, 앞뒤에 공백이 없어야 합니다: %q",
			"%s: the value of a header has no control characters and no space at its ends, got %q", member, Clip(value, 60))
	}
	return nil
}

// isToken reports whether a character may be in a header name.
func isToken(r rune) bool {
	return r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' ||
		strings.ContainsRune("!#$%&'*+-.^_`|~", r))
}

// CheckNames checks names of members of a JSON object, and the parts of dotted paths.
func CheckNames(member string, names ...string) error {
	for _, name := range names {
		if slices.ContainsFunc(strings.Split(name, "."), func(s string) bool { return strings.TrimSpace(s) == "" }) {
			return Errorf("%s: 멤버 이름이 아닙니다: %q", "%s: %q is not the name of a member", member, Clip(name, 60))
		}
	}
	return nil
}

// CheckNotBlank checks names that may be any text but a blank one.
func CheckNotBlank(member string, names []string) error {
	if slices.ContainsFunc(names, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		return Errorf("%s: 빈 이름이 있습니다", "%s: a name is empty", member)
	}
	return nil
}

// CheckHosts checks names of hosts, with or without a port.
func CheckHosts(member string, hosts []string) error {
	for _, h := range hosts {
		if h == "" || strings.ContainsAny(h, "/@*?#\\ \t\r\n") {
			return Errorf("%s: 호스트 이름이 아닙니다: %q", "%s: %q is not a host name", member, Clip(h, 100))
		}
	}
	return nil
}

// CheckAccounts checks that ids are those of accounts.
func CheckAccounts(member string, known []string, ids ...string) error {
	for _, id := range ids {
		if !slices.Contains(known, id) {
			return Errorf("%s: %v", "%s: %v", member, UnknownAccount(id, known))
		}
	}
	return nil
}

// UnknownAccount is the error for an id that no account has.
func UnknownAccount(id string, known []string) error {
	return Errorf("없는 계정입니다: %q%s", "unknown account %q%s", Clip(id, 64), OneOf(known))
}

// DuplicateAccount is the error for an id or subject that two accounts have.
func DuplicateAccount(id string) error {
	return Errorf("겹치는 계정: %s", "duplicate account %s", Clip(id, 64))
}

// NoLink is the error of the control API for an account without a link.
func NoLink(account string) error {
	return Errorf("%v: %q의 연결이 없습니다", "%v: no link of %q", ErrNotFound, Clip(account, 64))
}

// CheckEndpoint checks the name of an endpoint; "" is for none.
func CheckEndpoint(name string, known []string) error {
	if name != "" && !slices.Contains(known, name) {
		return Errorf("없는 엔드포인트입니다: %q%s", "unknown endpoint %q%s", Clip(name, 60), OneOf(known))
	}
	return nil
}

// CheckRequestLog checks the size of the request log; 0 is for the default.
func CheckRequestLog(size int) error {
	if size < 0 {
		return Errorf("request_log는 0 이상이어야 합니다: %d", "request_log must not be negative, got %d", size)
	}
	return nil
}

// IDs are the ids of accounts.
func IDs[A any](accounts []A, id func(A) string) []string {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = id(a)
	}
	return ids
}
