package login

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// NonceLife is how long an app may take to sign a user in by the provider's SDK.
const NonceLife = 10 * time.Minute

const (
	nonceLen = 8 + 16 // the end of its life in milliseconds, and random bytes
	// minDevice and maxDevice bound the text by which an app recognises its own attempt, in bytes.
	minDevice, maxDevice = 16, 128
	// maxNative bounds a token that an app sends, in bytes. ID tokens have about 1,000.
	maxNative = 8192
)

// NativeRequest is an unverified sign-in by a provider's SDK.
type NativeRequest struct {
	Provider string
	Tokens   provider.NativeTokens
	// Form is the request of the app, for what provider.UnsignedProfiler reads.
	Form url.Values
	// Device is what the app sent for the nonce.
	Device string
	Client audit.Client
}

// Nonce makes a nonce for one sign-in by an app that knows device, a random text of its own. It writes nothing.
func (f *Flow) Nonce(name, device string) (nonce string, ends time.Time, err error) {
	if _, err := f.native(name); err != nil {
		return "", ends, err
	}
	if err := checkDevice(device); err != nil {
		return "", ends, err
	}
	ends = f.cfg.Now().Add(NonceLife)
	raw := binary.BigEndian.AppendUint64(nil, uint64(ends.UnixMilli()))
	raw = append(raw, make([]byte, nonceLen-len(raw))...)
	if _, err := io.ReadFull(f.cfg.Random, raw[8:]); err != nil {
		return "", ends, problem.Wrap(problem.Internal, err)
	}
	body := base64.RawURLEncoding.EncodeToString(raw)
	return body + f.nonces.Sign(nonceMessage(name, device, body)), ends, nil
}

func nonceMessage(name, device, body string) []byte {
	return []byte(name + "\x00" + device + "\x00" + body) // no part contains a zero byte
}

func (f *Flow) native(name string) (provider.NativeVerifier, error) {
	p, ok := provider.Capability[provider.NativeVerifier](f.providers, name)
	if !ok {
		return nil, problem.Wrap(problem.NotFound, fmt.Errorf("no provider %q for apps", name))
	}
	return p, nil
}

// Native signs a user in by the tokens that the provider's SDK gave to an app. Errors are *problem.Error.
//
// The nonce is claimed after the tokens are verified, so that the app may repeat the request if the provider does not
// answer. Of requests that arrive together one gets the session.
func (f *Flow) Native(ctx context.Context, r NativeRequest) (Finished, error) {
	p, err := f.native(r.Provider)
	if err != nil {
		return Finished{}, err
	}
	if err := r.check(); err != nil {
		return Finished{}, err
	}
	a, err := f.openNonce(r)
	if err != nil {
		return Finished{}, err
	}
	if err := checkUnused(f.queue.place(ctx, a)); err != nil {
		return Finished{}, err
	}
	defer f.queue.leave()
	if rec, err := f.cfg.Store.Attempt(ctx, a.key()); err != nil {
		return Finished{}, problem.Wrap(problem.StoreUnavailable, err)
	} else if err := checkUnused(rec, nil); err != nil {
		return Finished{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	r.Tokens.Unsigned, _ = f.unsignedProfile(a.Provider, r.Form, "")
	claims, err := p.VerifyNative(ctx, r.Tokens)
	if err != nil {
		return Finished{}, nativeProblem(err)
	}
	if err := checkUnused(f.queue.claim(ctx, a)); err != nil {
		return Finished{}, err
	}
	return f.write(ctx, a, FinishRequest{Provider: a.Provider, Client: r.Client}, claims, Finished{Token: a.Token})
}

// checkUnused refuses a nonce whose attempt is claimed. It takes the results of a call that reads or makes the claim.
func checkUnused(rec Record, err error) error {
	if err != nil || rec.Progress == Unclaimed {
		return err
	}
	return problem.Wrap(problem.MobileNonce, errors.New("nonce used before"))
}

// check refuses what no SDK hands out, before anything is sent to the provider (MT-07).
func (r NativeRequest) check() error {
	if r.Tokens.ID == "" && r.Tokens.Access == "" {
		return problem.Wrap(problem.RequestBad, errors.New("neither id_token nor access_token"))
	}
	if r.Tokens.Nonce == "" {
		return problem.Wrap(problem.RequestBad, errors.New("no nonce"))
	}
	for name, token := range map[string]provider.Secret{
		"id_token": r.Tokens.ID, "access_token": r.Tokens.Access, "code": r.Tokens.Code,
	} {
		if len(token) > maxNative || !visible(token.Reveal()) {
			return problem.Wrap(problem.RequestBad, fmt.Errorf("%s of %d bytes is not a token", name, len(token)))
		}
	}
	return checkDevice(r.Device)
}

func checkDevice(text string) error {
	if len(text) < minDevice || len(text) > maxDevice || !visible(text) {
		return problem.Wrap(problem.RequestBad,
			fmt.Errorf("device of %d bytes: want %d to %d ASCII characters without spaces", len(text), minDevice, maxDevice))
	}
	return nil
}

func visible(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}

// openNonce returns the attempt of a nonce. It exists only here: its state is derived from the nonce.
func (f *Flow) openNonce(r NativeRequest) (*attempt, error) {
	refuse := func(why string) (*attempt, error) { return nil, problem.Wrap(problem.MobileNonce, errors.New(why)) }
	n := base64.RawURLEncoding.EncodedLen(nonceLen)
	if len(r.Tokens.Nonce) < n {
		return refuse("nonce is too short")
	}
	body, code := r.Tokens.Nonce[:n], r.Tokens.Nonce[n:]
	if !f.nonces.Verify(nonceMessage(r.Provider, r.Device, body), code) {
		return refuse("nonce of another service, provider or device")
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return refuse("nonce is not base64url")
	}
	now := f.cfg.Now()
	ends := time.UnixMilli(int64(binary.BigEndian.Uint64(raw)))
	if !now.Before(ends) {
		return refuse("nonce has expired")
	}
	token, err := session.Mint(now, f.cfg.Random)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err)
	}
	return &attempt{
		Provider: r.Provider, State: sha256.Sum256([]byte("native\x00" + body)), Token: token,
		StartedAt: ends.Add(-NonceLife), Remember: true,
	}, nil
}

// nativeProblem is problem.FromProvider for tokens that an app sent.
func nativeProblem(err error) error {
	var pe *provider.Error
	if errors.As(err, &pe) {
		switch pe.Kind {
		case provider.NonceMissing:
			return problem.At(pe.Provider, problem.MobileNonceAbsent, err)
		case provider.OtherAudience:
			return problem.At(pe.Provider, problem.MobileAudience, err)
		case provider.Gone:
			return problem.At(pe.Provider, problem.MobileToken, err)
		case provider.BadRequest:
			return problem.At(pe.Provider, problem.RequestBad, err)
		}
	}
	return problem.FromProvider(err)
}
