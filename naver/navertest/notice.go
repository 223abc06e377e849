package navertest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // Naver prescribes it
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// noticeTimeout is our choice: Naver documents none.
const noticeTimeout = 3 * time.Second

// NoticeSend says how to send an unlink notice by hand. The zero value sends it as Naver does.
type NoticeSend struct {
	Secret   string `json:"secret"`    // sign with this client secret instead
	ClientID string `json:"client_id"` // in place of the application's
	UserID   string `json:"user_id"`   // in place of the account's
	Both     bool   `json:"both"`      // data in query and body
	Tamper   bool   `json:"tamper"`    // change the timestamp after signing
}

// Delivery is a notice that was sent. There is no second attempt.
type Delivery struct {
	Time    time.Time `json:"time"` // by the emulator's clock
	Account string    `json:"account"`
	URL     string    `json:"url"`
	Status  int       `json:"status"` // of the receiver; 0 if there was no response in time
	Accept  bool      `json:"accepted"`
	Problem string    `json:"problem,omitempty"`
}

type noticeLog struct {
	mu   sync.Mutex
	list []Delivery
	busy sync.WaitGroup
}

func (l *noticeLog) add(d Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= 1000 {
		l.list = slices.Delete(l.list, 0, 1)
	}
	l.list = append(l.list, d)
}

func (l *noticeLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

// Deliveries returns the latest 1000 notices, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.w.sent.mu.Lock()
	defer s.w.sent.mu.Unlock()
	return append([]Delivery{}, s.w.sent.list...)
}

// SendNotice sends an unlink notice about an account, once, and waits for the answer. It does not end the link.
func (s *Server) SendNotice(ctx context.Context, account string, how NoticeSend) Delivery {
	return s.w.sendNotice(ctx, account, how)
}

func (w *world) sendNotice(ctx context.Context, account string, how NoticeSend) Delivery {
	w.mu.Lock()
	app, d := cloneApp(w.app), Delivery{Time: w.now(), Account: account}
	id := how.UserID
	if a := w.account(account); a != nil && id == "" {
		id = a.UserID
	}
	iv := w.random(12) // 16 characters
	w.mu.Unlock()
	d.URL = app.UnlinkURL
	if app.UnlinkURL == "" {
		d.Problem = "no unlink URL is registered (연결끊기 Callback URL)"
		w.sent.add(d)
		return d
	}
	d.Status, d.Problem = w.deliver(ctx, app, noticeData(app, how, id, []byte(iv), d.Time), how.Both)
	d.Accept = d.Status == http.StatusNoContent
	if d.Problem == "" && !d.Accept {
		d.Problem = "the receiver must answer 204 No Content; the notice is lost"
	}
	w.sent.add(d)
	return d
}

// sendLater sends the notice of the service's own revocation in the background. The caller holds mu.
func (w *world) sendLater(account string) {
	w.sent.busy.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), noticeTimeout)
		defer cancel()
		w.sendNotice(ctx, account, NoticeSend{})
	})
}

// WaitNotices waits for the notices that are being sent in the background.
func (s *Server) WaitNotices() { s.w.sent.busy.Wait() }

// deliver makes the one attempt.
func (w *world) deliver(ctx context.Context, app App, data string, both bool) (status int, problem string) {
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	target, body := app.UnlinkURL, ""
	if !app.NoticeInBody || both {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		target += sep + data
	}
	if app.NoticeInBody || both {
		body = data
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		return 0, "the unlink URL is invalid"
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{
		Transport:     w.cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, "no answer: the notice is lost"
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, ""
}

// noticeData is the signed data of a notice.
func noticeData(app App, how NoticeSend, id string, iv []byte, now time.Time) string {
	secret, client := app.ClientSecret, app.ClientID
	if how.Secret != "" {
		secret = how.Secret
	}
	if how.ClientID != "" {
		client = how.ClientID
	}
	key := md5.Sum([]byte(secret)) //nolint:gosec // Naver prescribes it
	data := fmt.Sprintf("clientId=%s&encryptUniqueId=%s&timestamp=%d", client, encryptID(key[:], iv, id), now.Unix())
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(data))
	if how.Tamper {
		data = strings.Replace(data, "timestamp="+strconv.FormatInt(now.Unix(), 10), "timestamp=1", 1)
	}
	return data + "&signature=" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// encryptID is IV ‖ AES-128-CBC/PKCS#5 of the user id.
func encryptID(key, iv []byte, id string) string {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("navertest: " + err.Error()) // the key has 16 bytes
	}
	pad := aes.BlockSize - len(id)%aes.BlockSize
	plain := append([]byte(id), strings.Repeat(string(rune(pad)), pad)...)
	out := append(slices.Clone(iv), make([]byte, len(plain))...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out[len(iv):], plain)
	return base64.RawURLEncoding.EncodeToString(out)
}
