package kakao

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxWebhook limits what a webhook may carry. Kakao's largest has about 1 kB.
const maxWebhook = 16 << 10

// WebhookError says why a webhook was refused, and how to answer. Nothing of the request
// may be stored or acted upon.
type WebhookError struct {
	// Status is the HTTP status to answer with.
	Status int
	// Code is the error code of RFC 8935 section 2.4 for the account webhook
	// ("invalid_request", "invalid_key", "invalid_issuer", "invalid_audience"), "" for the unlink webhook.
	Code string
	// Reason is a constant text without anything from the request.
	Reason string
}

// Error gives the reason.
func (e *WebhookError) Error() string { return "kakao: webhook refused: " + e.Reason }

// WriteWebhookError answers a refused webhook: the status of a *WebhookError, with
// the JSON of RFC 8935 where that belongs; 503 for anything else, such as
// signing keys that cannot be fetched just now.
func WriteWebhookError(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	var e *WebhookError
	if !errors.As(err, &e) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if e.Code == "" {
		w.WriteHeader(e.Status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Language", "en")
	w.WriteHeader(e.Status)
	fmt.Fprintf(w, `{"err":%s,"description":%s}`, jsonText(e.Code), jsonText(e.Reason))
}

// webhookBody reads a body of the given content type within the limit.
func webhookBody(r *http.Request, contentType, code string) ([]byte, error) {
	types := r.Header.Values("Content-Type")
	if len(types) != 1 {
		return nil, &WebhookError{http.StatusUnsupportedMediaType, code, "no content type, or several"}
	}
	kind, _, err := mime.ParseMediaType(types[0])
	if err != nil || kind != contentType {
		return nil, &WebhookError{http.StatusUnsupportedMediaType, code, "content type is not " + contentType}
	}
	// Kakao sends nothing compressed; we inflate nothing (a bomb would be).
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, &WebhookError{http.StatusUnsupportedMediaType, code, "content encoding"}
	}
	if r.Body == nil { // never from a server, but from tests of the caller
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxWebhook+1))
	switch {
	case err != nil:
		return nil, &WebhookError{http.StatusBadRequest, code, "body cannot be read"}
	case len(body) > maxWebhook:
		return nil, &WebhookError{http.StatusRequestEntityTooLarge, code, "body too long"}
	}
	return body, nil
}
