package seal

import (
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, the key file is looked at for keys that were not there when it was loaded.
const lookEvery = time.Second

// later are keys that came into the key file after it was loaded. They open, and never seal: which key seals is settled at
// the start. So replicas can be restarted one after the other with a new key in front, and those that still run open what
// those that run again have sealed.
//
// What cannot be opened is the reason to look, and strangers send plenty of that: a look is one stat of the file, at most
// once in lookEvery.
type later struct {
	path string

	mu     sync.Mutex
	looked time.Time
	mod    time.Time
	size   int64
	keys   []key
}

// all are the later keys, after a look if it is time for one.
func (l *later) all() []key {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.looked) >= lookEvery {
		l.looked = now
		l.look()
	}
	return l.keys
}

// look reads the file if it has changed. One that cannot be used changes nothing: the next start will say so.
func (l *later) look() {
	info, err := os.Stat(l.path)
	if err != nil || info.ModTime().Equal(l.mod) && info.Size() == l.size {
		return
	}
	if k, err := Load(l.path); err == nil {
		l.keys, l.mod, l.size = k.keys, info.ModTime(), info.Size()
	}
}

// open tries the later keys on what no key of the start has sealed.
func (s *Sealer) openLater(raw []byte, bindings string) ([]byte, error) {
	for _, k := range s.later.all() {
		if k.id == [idLen]byte(raw) {
			return makeKeyed(k, s.purpose).aead.Open(nil, nil, raw[idLen:], []byte(bindings))
		}
	}
	return nil, ErrOpen
}
