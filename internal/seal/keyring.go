package seal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	keyLen      = 32
	maxKeys     = 32
	maxFileSize = 64 << 10
)

// Keyring is the service's list of sealing keys. The first one seals; all of them open, so that a key can be replaced
// while people are signing in. A Keyring prints nothing of its keys.
type Keyring struct {
	keys  []key
	later *later // nil without a file
}

type key struct {
	id     [idLen]byte
	secret [keyLen]byte
}

// Errors of reading a key file; the wrapped text names the file and line.
var (
	ErrMode    = errors.New("seal: key file can be read by others")
	ErrNoKey   = errors.New("seal: key file holds no sealing key")
	ErrBadKey  = errors.New("seal: unusable key")
	ErrBadLine = errors.New("seal: line not understood")
)

// Load reads a key file. It refuses one that others can read, or that its group can write, and keys that were not made by a
// random generator, as far as that can be told (OP-02).
func Load(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// The owner's group may read: that is how Kubernetes hands a secret to a process that is not root.
	if info.Mode().Perm()&0o037 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %s", ErrMode, path, info.Mode().Perm(), path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrBadLine, path, maxFileSize)
	}
	k, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k.later = &later{path: path, mod: info.ModTime(), size: info.Size()}
	return k, nil
}

// LoadOrCreate reads the key file, or makes one with a single new key and mode 0600 if there is none. Two processes that
// start together end up with the same file.
func LoadOrCreate(path string, now time.Time, random io.Reader) (k *Keyring, created bool, err error) {
	k, err = Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	switch err := Create(path, now, random); {
	case err == nil:
		created = true
	case !errors.Is(err, fs.ErrExist): // another process was quicker: its file is as good
		return nil, false, err
	}
	k, err = Load(path)
	return k, created, err
}

// Create makes a key file with a single new key and mode 0600. An error that is fs.ErrExist means that there is one.
func Create(path string, now time.Time, random io.Reader) error {
	var secret [keyLen]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return err
	}
	return writeNew(path, preface+line(now, secret))
}

const preface = "# Keys of norang. Whoever has this file can sign in as anybody: keep it secret, keep a copy.\n" +
	"# The first line seals; lines below it still open what they sealed.\n"

// Rotate puts a new key in front of the file's others and reports how many there are then. Running services go on sealing
// with the key that they started with, and within a second open what the new one has sealed. So put the new file everywhere
// first, and then restart one after the other: nobody notices.
func Rotate(path string, now time.Time, random io.Reader) (int, error) {
	if _, err := Load(path); err != nil {
		return 0, err // a file that would not start is not made worse
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var secret [keyLen]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return 0, err
	}
	text := preface + line(now, secret) + strings.TrimPrefix(string(old), preface)
	k, err := parse([]byte(text))
	if err != nil {
		return 0, err
	}
	tmp := path + ".new"
	if err := writeNew(tmp, text); err != nil {
		return 0, err
	}
	if err := os.Rename(tmp, path); err != nil {
		return 0, errors.Join(err, os.Remove(tmp))
	}
	return k.Len(), nil
}

// New makes a keyring that lives in memory only, for tests and for throw-away services.
func New(random io.Reader) (*Keyring, error) {
	var secret [keyLen]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return nil, err
	}
	return parse([]byte(line(time.Time{}, secret)))
}

func line(now time.Time, secret [keyLen]byte) string {
	return fmt.Sprintf("seal %s %s\n", now.UTC().Format(time.RFC3339), base64.RawURLEncoding.EncodeToString(secret[:]))
}

// writeNew puts the whole file there at once or not at all, and never over another one: a half-written key file would
// sign everybody out, and an overwritten one as well.
func writeNew(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".norang-keys-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := tmp.WriteString(text); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path)
}

func parse(data []byte) (*Keyring, error) {
	k := &Keyring{}
	sc := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; sc.Scan(); n++ {
		text := strings.TrimSpace(sc.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		fields := strings.Fields(text)
		if len(fields) != 3 || fields[0] != "seal" {
			return nil, fmt.Errorf("%w: line %d: want \"seal TIME KEY\"", ErrBadLine, n)
		}
		if _, err := time.Parse(time.RFC3339, fields[1]); err != nil {
			return nil, fmt.Errorf("%w: line %d: %q is no time", ErrBadLine, n, fields[1])
		}
		raw, err := base64.RawURLEncoding.Strict().DecodeString(fields[2])
		if err != nil || len(raw) != keyLen {
			return nil, fmt.Errorf("%w: line %d: want %d bytes in base64url", ErrBadKey, n, keyLen)
		}
		if weak(raw) {
			return nil, fmt.Errorf("%w: line %d: the key is not random", ErrBadKey, n)
		}
		if len(k.keys) == maxKeys {
			return nil, fmt.Errorf("%w: more than %d keys; remove old ones", ErrBadLine, maxKeys)
		}
		secret := [keyLen]byte(raw)
		sum := sha256.Sum256(append([]byte("norang key id\x00"), raw...))
		k.keys = append(k.keys, key{id: [idLen]byte(sum[:idLen]), secret: secret})
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if len(k.keys) == 0 {
		return nil, ErrNoKey
	}
	return k, nil
}

// weak finds keys that somebody typed or left at zero: 32 random bytes practically never hold fewer than 20 values.
func weak(raw []byte) bool {
	var seen [256]bool
	n := 0
	for _, b := range raw {
		if !seen[b] {
			seen[b] = true
			n++
		}
	}
	return n < 20
}

// Len is how many keys the ring has.
func (k *Keyring) Len() int { return len(k.keys) }

func (k *Keyring) String() string             { return fmt.Sprintf("seal.Keyring(%d keys)", len(k.keys)) }
func (k *Keyring) GoString() string           { return k.String() }
func (k *Keyring) LogValue() slog.Value       { return slog.StringValue(k.String()) }
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }
