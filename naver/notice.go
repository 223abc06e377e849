package naver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // Naver prescribes it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// UnlinkNotice says that a user ended the link at Naver or closed the Naver account (연결 끊기 알림). Naver sends it once
// and never repeats it.
type UnlinkNotice struct {
	UserID string    // as User.ID
	At     time.Time // when Naver sent it
}

// maxNotice bounds query and body of a notice, in bytes.
const maxNotice = 4096

// NoticeError is a notice that is refused. Its text contains nothing of the request.
type NoticeError struct {
	Status int // 400, 403 (wrong signature) or 405
	reason string
}

// Error returns the reason.
func (e *NoticeError) Error() string { return "naver: unlink notice: " + e.reason }

func refuse(status int, reason string) error { return &NoticeError{status, reason} }

// ParseUnlinkNotice verifies an unlink notice and reads it. Naver's sample has the data in the query, its text says a
// form: either is accepted, a parameter in both is refused. The signature is checked with the client secret and with
// Config.PreviousSecrets, before anything is decrypted. There is no replay window, because Naver documents none: a
// repeated notice must change nothing.
//
// Answer 204 without a body once the notice is stored; see [WriteNoticeError] for everything else. The error is a
// *NoticeError. Source: Naver, developer guide 4.4.
func (c *Client) ParseUnlinkNotice(r *http.Request) (*UnlinkNotice, error) {
	if r.Method != http.MethodPost {
		return nil, refuse(http.StatusMethodNotAllowed, "method must be POST")
	}
	q, err := noticeParams(r)
	if err != nil {
		return nil, err
	}
	client, encrypted, stamp := q.Get("clientId"), q.Get("encryptUniqueId"), q.Get("timestamp")
	got, err := base64.RawURLEncoding.DecodeString(trimPadding(q.Get("signature")))
	if err != nil || len(got) != sha256.Size {
		return nil, refuse(http.StatusForbidden, "signature missing or malformed")
	}
	key, ok := c.noticeKey([]byte("clientId="+client+"&encryptUniqueId="+encrypted+"&timestamp="+stamp), got)
	if !ok {
		return nil, refuse(http.StatusForbidden, "wrong signature")
	}
	if subtle.ConstantTimeCompare([]byte(client), []byte(c.cfg.ClientID)) != 1 {
		return nil, refuse(http.StatusForbidden, "clientId is another application's")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<36 {
		return nil, refuse(http.StatusBadRequest, "timestamp is not a number of seconds")
	}
	id, err := decryptID(key, encrypted)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err.Error())
	}
	return &UnlinkNotice{UserID: id, At: time.Unix(seconds, 0)}, nil
}

// noticeParams returns the four parameters, from the query or the form.
func noticeParams(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxNotice {
		return nil, refuse(http.StatusBadRequest, "query too long")
	}
	all, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid query")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxNotice+1))
		if err != nil || len(body) > maxNotice {
			return nil, refuse(http.StatusBadRequest, "body too long or incomplete")
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "invalid body")
		}
		for name, values := range form {
			all[name] = append(all[name], values...)
		}
	}
	for _, name := range []string{"clientId", "encryptUniqueId", "timestamp", "signature"} {
		if len(all[name]) != 1 {
			return nil, refuse(http.StatusBadRequest, fmt.Sprintf("%s missing or repeated", name))
		}
	}
	return all, nil
}

// noticeKey returns the key whose signature a notice has. All keys are tried, whichever fits.
func (c *Client) noticeKey(signed, signature []byte) (key []byte, ok bool) {
	for _, secret := range append([]Secret{c.cfg.ClientSecret}, c.cfg.PreviousSecrets...) {
		sum := md5.Sum([]byte(secret.Reveal())) //nolint:gosec // Naver prescribes it
		mac := hmac.New(sha256.New, sum[:])
		mac.Write(signed)
		if hmac.Equal(mac.Sum(nil), signature) && !ok {
			key, ok = sum[:], true
		}
	}
	return key, ok
}

// decryptID decrypts IV ‖ AES-128-CBC/PKCS#5. The caller has checked the signature, so errors are no padding oracle.
func decryptID(key []byte, encrypted string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(trimPadding(encrypted))
	if err != nil || len(raw) < 2*aes.BlockSize || len(raw)%aes.BlockSize != 0 {
		return "", errors.New("encryptUniqueId is malformed")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	plain := make([]byte, len(raw)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, raw[:aes.BlockSize]).CryptBlocks(plain, raw[aes.BlockSize:])
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > aes.BlockSize {
		return "", errors.New("encryptUniqueId has no valid padding")
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return "", errors.New("encryptUniqueId has no valid padding")
		}
	}
	id := string(plain[:len(plain)-pad])
	if !oauthclient.VisibleASCII(id, maxID) {
		return "", errors.New("encryptUniqueId holds no user id")
	}
	return id, nil
}

func trimPadding(s string) string {
	for len(s) > 0 && s[len(s)-1] == '=' {
		s = s[:len(s)-1]
	}
	return s
}

// WriteNoticeError answers a notice that was refused with the status of its *NoticeError, or 503 for any other error,
// such as that of a database.
func WriteNoticeError(w http.ResponseWriter, err error) {
	var refused *NoticeError
	status := http.StatusServiceUnavailable
	if errors.As(err, &refused) {
		status = refused.Status
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}
