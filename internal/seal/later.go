package seal

import (
	"os"
	"sync"
	"time"
)

// lookInterval is the shortest time between two looks at the key file.
const lookInterval = time.Second

// later holds the keys that were added to the key file after it was loaded. They open but never seal, so that
// replicas can be restarted one by one with a new key. A value that cannot be opened triggers a look: one stat, at
// most once in lookInterval, because such values can come from anyone.
type later struct {
	path string

	mu     sync.Mutex
	looked time.Time
	mod    time.Time
	size   int64
	keys   []key
	failed string      // why the last look failed, "" if it did not
	report func(error) // may be nil
}

// OnUnreadable sets what is called when the key file cannot be read or used while the service runs, once for each
// reason: until it can be, the service goes on with the keys that it has, and would not start again.
func (k *Keyring) OnUnreadable(report func(error)) {
	if k.later == nil {
		return
	}
	k.later.mu.Lock()
	defer k.later.mu.Unlock()
	k.later.report = report
}

// all returns the later keys, after a look if one is due.
func (l *later) all() []key {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.looked) >= lookInterval {
		l.looked = now
		l.look()
	}
	return l.keys
}

// look reads the file if it has changed. An invalid file is reported and otherwise ignored.
func (l *later) look() {
	info, err := os.Stat(l.path)
	if err == nil && (!info.ModTime().Equal(l.mod) || info.Size() != l.size) {
		var k *Keyring
		if k, err = Load(l.path); err == nil {
			l.keys, l.mod, l.size = k.keys, info.ModTime(), info.Size()
		}
	}
	switch {
	case err == nil:
		l.failed = ""
	case err.Error() != l.failed:
		if l.failed = err.Error(); l.report != nil {
			l.report(err)
		}
	}
}

// openLater opens a value with the later keys.
func (s *Sealer) openLater(raw []byte, bindings string) ([]byte, error) {
	for _, k := range s.later.all() {
		if k.id == [idLen]byte(raw) {
			return makeKeyed(k, s.purpose).aead.Open(nil, nil, raw[idLen:], []byte(bindings))
		}
	}
	return nil, ErrOpen
}
