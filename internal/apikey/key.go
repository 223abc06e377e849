package apikey

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// Prefix begins every key. Pattern matches every key, for secret scanners; the last six characters are a checksum.
const (
	Prefix  = "nrg_k_"
	Pattern = `nrg_k_[0-9A-Za-z]{44}`
)

const (
	alphabet    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomLen   = 38 // 226 bits
	checksumLen = 6  // of 32 bits
)

// Scope is what a key may do. One scope does not include another.
type Scope string

const (
	Read   Scope = "read"   // look up users, their sessions, consents and data, and read events
	Write  Scope = "write"  // change users and end sessions
	Tokens Scope = "tokens" // get provider tokens
)

// Scopes are all scopes, in order.
var Scopes = []Scope{Read, Write, Tokens}

const (
	// DefaultLife is how long a key is valid by default, MaxLife the longest.
	DefaultLife = 365 * 24 * time.Hour
	MaxLife     = 5 * DefaultLife
	// MaxName is the longest name, in bytes.
	MaxName = 100
)

var (
	// ErrName: a name is empty, too long, or has control characters.
	ErrName = fmt.Errorf("apikey: name must be 1 to %d bytes without control characters", MaxName)
	// ErrScope: no scope, or an unknown one.
	ErrScope = errors.New("apikey: scopes must be some of read, write and tokens")
	// ErrLife: the life of a key is below an hour or above MaxLife.
	ErrLife = errors.New("apikey: a key must be valid for 1 hour to 1825 days")
	// ErrNone: no key has that id.
	ErrNone = errors.New("apikey: no such key")
)

// Hash is what is stored of a key.
type Hash [sha256.Size]byte

// Key is a stored key, without its secret.
type Key struct {
	ID        string // a UUIDv7; not secret
	Name      string
	Scopes    []Scope
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // the day of the last use, zero if never used
}

// Has reports whether the key has a scope.
func (k Key) Has(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Actor is the key as the log names it.
func (k Key) Actor(c audit.Client) audit.Actor {
	return audit.Actor{Kind: audit.KindAPIKey, ID: k.ID, Client: c}
}

// Check reports what is wrong with a key to be created.
func (k Key) Check() error {
	var all []error
	if k.Name == "" || len(k.Name) > MaxName || strings.ToValidUTF8(k.Name, "") != k.Name ||
		strings.ContainsFunc(k.Name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		all = append(all, ErrName)
	}
	known := func(s Scope) bool { return slices.Contains(Scopes, s) }
	if len(k.Scopes) == 0 || slices.ContainsFunc(k.Scopes, func(s Scope) bool { return !known(s) }) {
		all = append(all, ErrScope)
	}
	if life := k.ExpiresAt.Sub(k.CreatedAt); life < time.Hour || life > MaxLife {
		all = append(all, ErrLife)
	}
	return errors.Join(all...)
}

// New makes the text of a key. It is shown once; [HashOf] is stored.
func New(random io.Reader) (string, error) {
	b := make([]byte, 0, randomLen)
	var one [1]byte
	for len(b) < randomLen {
		if _, err := io.ReadFull(random, one[:]); err != nil {
			return "", fmt.Errorf("apikey: %w", err)
		}
		if n := int(one[0]); n < 4*len(alphabet) { // above, the first letters would be more frequent
			b = append(b, alphabet[n%len(alphabet)])
		}
	}
	text := Prefix + string(b)
	return text + checksum(text), nil
}

// HashOf returns the hash of a key; false if the text is not a key, as after a typing error.
func HashOf(text string) (Hash, bool) {
	body, ok := strings.CutPrefix(text, Prefix)
	if !ok || len(body) != randomLen+checksumLen {
		return Hash{}, false
	}
	if strings.ContainsFunc(body, func(c rune) bool { return !strings.ContainsRune(alphabet, c) }) {
		return Hash{}, false
	}
	end := len(text) - checksumLen
	if checksum(text[:end]) != text[end:] {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(text)), true
}

// checksum is the CRC-32 of a text in base 62, so that a scanner can tell a key from a text that looks like one.
func checksum(text string) string {
	n := crc32.ChecksumIEEE([]byte(text))
	var b [checksumLen]byte
	for i := checksumLen - 1; i >= 0; i-- {
		b[i] = alphabet[n%62]
		n /= 62
	}
	return string(b[:])
}
