package kakao

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxWebhook is the maximum length of a webhook in bytes. Kakao's webhooks have about 1 kB.
const maxWebhook = 16 << 10

// WebhookError says why a webhook is rejected and how to respond. The request must have no effect.
type WebhookError struct {
	// Status is the HTTP status of the response.
	Status int
	// Code is the error code of RFC 8935 section 2.4 for the account webhook ("invalid_request", "invalid_key",
	// "invalid_issuer", "invalid_audience"), "" for the unlink webhook.
	Code string
	// Reason is a constant text that contains nothing from the request.
	Reason string
}

// Error returns the reason.
func (e *WebhookError) Error() string { return "kakao: webhook refused: " + e.Reason }

// WriteWebhookError writes the response to a rejected webhook: the status of a *WebhookError, with the JSON body of
// RFC 8935 for the account webhook; 503 for any other error, such as signing keys that cannot be fetched.
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

// webhookBody reads a body of the given content type, of at most maxWebhook bytes.
func webhookBody(r *http.Request, contentType, code string) ([]byte, error) {
	types := r.Header.Values("Content-Type")
	if len(types) != 1 {
		return nil, &WebhookError{http.StatusUnsupportedMediaType, code, "missing or repeated content type"}
	}
	kind, _, err := mime.ParseMediaType(types[0])
	if err != nil || kind != contentType {
		return nil, &WebhookError{http.StatusUnsupportedMediaType, code, "content type is not " + contentType}
	}
	// Kakao does not compress webhooks.
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, &WebhookError{http.StatusUnsupportedMediaType, code, "unsupported content encoding"}
	}
	if r.Body == nil { // possible in callers' tests
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
