package proxy

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// markHeader lists the marks of the proxies that have forwarded a request. It is not Via, for which nginx and others
// send responses without compression.
const markHeader = "X-Norang-Forwarded"

// maxMarks bounds the list, to the latest.
const maxMarks = 16

// markKey makes the marks of a proxy. It is random for each process, so that only a request that this proxy has
// forwarded bears one of its marks.
type markKey [32]byte

func newMarkKey() (k markKey) {
	_, _ = rand.Read(k[:]) // never fails
	return k
}

// mark is what the proxy adds to a request. It depends on method and target: an app may copy the headers of a request
// into one of its own to another path of the service, which is no loop.
func (k *markKey) mark(method string, t target) string {
	h := hmac.New(sha256.New, k[:])
	for _, part := range []string{method, " ", t.path, "?", t.query} {
		_, _ = h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// marksOf are the latest marks of a request, set by this or any other program. They say nothing about the user.
func marksOf(h http.Header) []string {
	var all []string
	for _, line := range h[markHeader] {
		for m := range strings.SplitSeq(line, ",") {
			if m = strings.TrimSpace(m); len(m) > 0 && len(m) <= 32 {
				all = append(all, m)
			}
		}
	}
	return all[max(0, len(all)-maxMarks+1):]
}

// looped reports a request that this proxy has forwarded already and that has come back.
func looped(marks []string, own string) bool { return slices.Contains(marks, own) }
