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

	"github.com/norang-login/norang/internal/fileowner"
)

const (
	keyLen      = 32
	maxKeys     = 32
	maxFileSize = 64 << 10
)

// Keyring is the service's list of keys. The first one seals and all of them open, so that keys can be rotated while
// the service runs. Printing a Keyring shows no key.
type Keyring struct {
	keys  []key
	later *later // nil without a file
	open  bool
}

type key struct {
	id      [idLen]byte
	created time.Time
	secret  [keyLen]byte
}

// Errors of a key file. The wrapping error names the file and line in both languages, see i18n.Message.
var (
	ErrMode     = errors.New("seal: key file can be read by others")
	ErrNoKey    = errors.New("seal: key file holds no sealing key")
	ErrBadKey   = errors.New("seal: unusable key")
	ErrBadLine  = errors.New("seal: malformed line")
	ErrManyKeys = errors.New("seal: too many keys")
)

// Readable reports that others can read the key file, which is accepted on a secret volume.
func (k *Keyring) Readable() bool { return k.open }

// Load reads a key file. It refuses keys that are obviously not random (OP-02), a file that the group can write, and
// one that others can read unless it is on a secret volume (see [SecretVolume]).
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
	// The group may read: Kubernetes mounts secrets that way for processes that are not root.
	mode := info.Mode().Perm()
	open := mode&0o007 != 0
	if mode&0o033 != 0 || open && !SecretVolume(f) {
		return nil, badFile(ErrMode, "다른 사용자가 키 파일을 읽거나 쓸 수 있습니다: %[1]s 파일의 권한은 %04[2]o입니다. "+
			"chmod 600 %[1]s 명령을 실행하십시오(Kubernetes: defaultMode: 0440과 fsGroup, Compose: mode: 0400과 uid)",
			"key file can be read by others: %[1]s has mode %04[2]o; run: chmod 600 %[1]s (Kubernetes: defaultMode: 0440 "+
				"with fsGroup; Compose: mode: 0400 with uid)", path, mode)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	k, err := parse(path+": ", data)
	if err != nil {
		return nil, err
	}
	k.later, k.open = &later{path: path, mod: info.ModTime(), size: info.Size()}, open
	return k, nil
}

// Parse reads the content of a key file, such as a value of a secret store. The keyring never changes.
func Parse(text string) (*Keyring, error) {
	return parse("", []byte(text))
}

// LoadOrCreate reads the key file, or creates one with a single new key and mode 0600. Processes that start at the same
// time use the same file.
func LoadOrCreate(path string, now time.Time, random io.Reader) (k *Keyring, created bool, err error) {
	k, err = Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	switch err := Create(path, now, random); {
	case err == nil:
		created = true
	case !errors.Is(err, fs.ErrExist): // another process created it first
		return nil, false, err
	}
	k, err = Load(path)
	return k, created, err
}

// Create creates a key file with a single new key and mode 0600. The error is fs.ErrExist if there is one.
func Create(path string, now time.Time, random io.Reader) error {
	var secret [keyLen]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return err
	}
	return writeNew(path, preface+line(now, secret))
}

const preface = prefaceStart + " This file allows signing in as any user: keep it secret and keep a copy.\n" +
	"# The first key seals; the keys below it still open what they sealed.\n"

const prefaceStart = "# Keys of norang."

// withoutPreface removes the two lines of the preface, in its present or an earlier wording.
func withoutPreface(text string) string {
	if !strings.HasPrefix(text, prefaceStart) {
		return text
	}
	_, text, _ = strings.Cut(text, "\n")
	if strings.HasPrefix(text, "# The first ") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// Rotate adds a new key in front of the others and returns the number of keys. A running service keeps sealing with
// the key that it started with and within a second opens what the new key has sealed. So distribute the new file
// first and then restart the replicas one by one. The file keeps its owner, group and mode, so that the account of the
// service can still read what root has rotated; if that is not possible, nothing changes. A symbolic link stays one.
func Rotate(path string, now time.Time, random io.Reader) (int, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return 0, err
	}
	unlock, err := lock(path) // or a key of another rotation would be lost
	if err != nil {
		return 0, err
	}
	defer unlock()
	if _, err := Load(path); err != nil {
		return 0, err // do not extend a file that cannot be loaded
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var secret [keyLen]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return 0, err
	}
	text := preface + line(now, secret) + withoutPreface(string(old))
	k, err := parse(path+": ", []byte(text))
	if err != nil {
		return 0, err
	}
	return k.Len(), replaceFile(path, text)
}

// replaceFile replaces a key file at once, for the same account.
func replaceFile(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return writeFile(path, text, func(tmp *os.File) error {
		if err := fileowner.Keep(tmp, path); err != nil {
			err = &fs.PathError{Op: "chown", Path: path, Err: errors.Unwrap(err)}
			return badFile(err, "새 파일을 %[1]s 파일의 소유자에게 줄 수 없습니다: %[2]v",
				"the new file cannot be given to the owner of %[1]s: %[2]v", path, err)
		}
		if err := tmp.Chmod(info.Mode().Perm()); err != nil { // after Keep: now the group is the right one
			return err
		}
		if err := tmp.Close(); err != nil { // Windows renames no open file
			return err
		}
		return os.Rename(tmp.Name(), path)
	})
}

// New returns a keyring that exists in memory only, for tests.
func New(random io.Reader) (*Keyring, error) {
	var secret [keyLen]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return nil, err
	}
	return parse("", []byte(line(time.Time{}, secret)))
}

func line(now time.Time, secret [keyLen]byte) string {
	return fmt.Sprintf("seal %s %s\n", now.UTC().Format(time.RFC3339), base64.RawURLEncoding.EncodeToString(secret[:]))
}

// writeNew creates the file atomically and never replaces one: a partial or replaced key file would end every session.
func writeNew(path, text string) error {
	return writeFile(path, text, func(tmp *os.File) error { return os.Link(tmp.Name(), path) })
}

// writeFile writes a file next to path, syncs it, and lets place give it its name.
func writeFile(path, text string, place func(tmp *os.File) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".norang-keys-*") // created with mode 0600
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
	return place(tmp)
}

// parse reads the content of a key file, whose errors begin with its name.
func parse(name string, data []byte) (*Keyring, error) {
	if len(data) > maxFileSize {
		return nil, badFile(ErrBadLine, "%s키 파일이 %d바이트보다 큽니다", "%slarger than %d bytes", name, maxFileSize)
	}
	k := &Keyring{}
	sc := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; sc.Scan(); n++ {
		text := strings.TrimSpace(sc.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		fields := strings.Fields(text)
		if len(fields) != 3 || fields[0] != "seal" {
			return nil, badFile(ErrBadLine, "%s%d번째 줄이 \"seal 시각 키\"가 아닙니다",
				"%sline %d: want \"seal TIME KEY\"", name, n)
		}
		created, err := time.Parse(time.RFC3339, fields[1])
		if err != nil {
			return nil, badFile(ErrBadLine, "%s%d번째 줄의 둘째 낱말이 RFC 3339 시각이 아닙니다", // it may be a key
				"%sline %d: the second word is not an RFC 3339 time", name, n)
		}
		raw, err := base64.RawURLEncoding.Strict().DecodeString(fields[2])
		if err != nil || len(raw) != keyLen {
			return nil, badFile(ErrBadKey, "%s%d번째 줄의 키가 base64url로 쓴 %d바이트가 아닙니다",
				"%sline %d: want a key of %d bytes in base64url", name, n, keyLen)
		}
		if weak(raw) {
			return nil, badFile(ErrBadKey, "%s%d번째 줄의 키가 무작위가 아닙니다", "%sline %d: the key is not random", name, n)
		}
		if len(k.keys) == maxKeys {
			return nil, badFile(ErrManyKeys, "%s키는 %d개까지입니다. 파일 끝의 오래된 키를 지우십시오",
				"%sat most %d keys; delete old ones at the end of the file", name, maxKeys)
		}
		secret := [keyLen]byte(raw)
		sum := sha256.Sum256(append([]byte("norang key id\x00"), raw...))
		k.keys = append(k.keys, key{id: [idLen]byte(sum[:idLen]), created: created, secret: secret})
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if len(k.keys) == 0 {
		return nil, badFile(ErrNoKey, "%s키가 없습니다", "%sholds no sealing key", name)
	}
	return k, nil
}

// weak reports keys that were typed or left at zero: 32 random bytes practically never have fewer than 20 distinct
// values.
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

// Len returns the number of keys.
func (k *Keyring) Len() int { return len(k.keys) }

func (k *Keyring) String() string             { return fmt.Sprintf("seal.Keyring(%d keys)", len(k.keys)) }
func (k *Keyring) GoString() string           { return k.String() }
func (k *Keyring) LogValue() slog.Value       { return slog.StringValue(k.String()) }
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }
