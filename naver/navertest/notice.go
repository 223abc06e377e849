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
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// NoticeSend says how to send an unlink notice by hand. The zero value sends it as Naver does.
type NoticeSend struct {
	Secret   string `json:"secret"`    // sign with this client secret instead
	ClientID string `json:"client_id"` // in place of the application's
	UserID   string `json:"user_id"`   // in place of the account's
	Both     bool   `json:"both"`      // data in query and body
	Tamper   bool   `json:"tamper"`    // change the timestamp after signing
}

// SendNotice sends an unlink notice about an account, once, and waits for the answer. It does not end the link.
func (s *Server) SendNotice(ctx context.Context, account string, how NoticeSend) Delivery {
	return s.w.sendNotice(ctx, account, how)
}

func (w *world) sendNotice(ctx context.Context, account string, how NoticeSend) Delivery {
	d := Delivery{What: "unlink", Account: account}
	target, body := "", ""
	w.Locked(func() {
		d.Time, d.URL = w.Time(), w.app.UnlinkURL
		target, body = w.notice(account, how)
	})
	if d.URL == "" {
		emulator.SetProblem(&d, emulator.Text{
			"연결끊기 Callback URL이 등록되지 않았습니다", "no unlink URL is registered (연결끊기 Callback URL)",
		})
		return w.Record(d)
	}
	status, problem := emulator.Send(ctx, w.cfg.Transport, target, "application/x-www-form-urlencoded", body)
	d.Status, d.Accept = status, status == http.StatusNoContent
	switch {
	case !problem.IsZero():
		problem = emulator.Textf("%s. 알림을 다시 보내지 않습니다", "%s: the notice is lost", problem)
	case !d.Accept:
		problem = emulator.Text{
			"받는 쪽은 204 No Content로 응답해야 합니다. 알림을 다시 보내지 않습니다",
			"the receiver must answer 204 No Content; the notice is lost",
		}
	}
	emulator.SetProblem(&d, problem)
	return w.Record(d)
}

// notice returns the address and the body of a notice.
func (w *world) notice(account string, how NoticeSend) (target, body string) {
	id := how.UserID
	if a := w.account(account); a != nil && id == "" {
		id = a.UserID
	}
	data := noticeData(w.app, how, id, []byte(w.Random(12)), w.Time()) // 12 bytes make an IV of 16 characters
	target = w.app.UnlinkURL
	if !w.app.NoticeInBody || how.Both {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		target += sep + data
	}
	if w.app.NoticeInBody || how.Both {
		body = data
	}
	return target, body
}

// sendLater sends the notice of the service's own revocation in the background. The caller holds the lock.
func (w *world) sendLater(account string) {
	w.sending.Go(func() { w.sendNotice(context.Background(), account, NoticeSend{}) })
}

// WaitNotices waits for the notices that are being sent in the background.
func (s *Server) WaitNotices() { s.w.sending.Wait() }

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
