package returnurl

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// MaxPreviews is how many preview origins are live at the same time.
	MaxPreviews = 200
	// MaxPreviewLife is how long a preview origin lives at most.
	MaxPreviewLife = 30 * 24 * time.Hour

	maxOrigin = 280 // bytes: a host name has at most 253

	// previewsEvery is how often the list is read, and so how late a change by another process may be seen.
	previewsEvery = 500 * time.Millisecond
	// previewsRead bounds a read, after which only the configured origins count.
	previewsRead = time.Second
	// previewsValid is how long a list counts if no further read ends, as in a process whose background work is not run.
	previewsValid = 5 * time.Second
)

var (
	ErrPreviewOrigin = errors.New("returnurl: not an exact https origin")
	ErrPreviewSuffix = errors.New("returnurl: the host is a public suffix")
	ErrPreviewKnown  = errors.New("returnurl: the origin is configured")
	ErrPreviewLife   = errors.New("returnurl: a preview origin lives 1 to 30 days")
	ErrPreviews      = errors.New("returnurl: too many preview origins")
	ErrNoPreview     = errors.New("returnurl: no such preview origin")
)

// Preview is an origin that an API key has added for some days, such as the one of a preview deployment.
type Preview struct {
	ID                   string
	Origin               string // as [Policy.CheckPreview] returns it
	CreatedAt, ExpiresAt time.Time
}

// CheckPreview returns an origin as browsers send it. It accepts exact https origins; http only for this machine, and
// only if the service itself has http. [ErrPreviewOrigin], [ErrPreviewSuffix], [ErrPreviewKnown].
func (p *Policy) CheckPreview(text string) (string, error) {
	o, err := parseOrigin(text)
	if len(text) > maxOrigin || err != nil || o.wildcard || o.scheme == "http" && p.own.scheme != "http" {
		return "", ErrPreviewOrigin
	}
	if a, err := netip.ParseAddr(o.host); err == nil {
		if a.String() != o.host { // browsers send the shortest spelling
			return "", ErrPreviewOrigin
		}
	} else if !Loopback(o.host) && PublicSuffix(o.host) {
		return "", ErrPreviewSuffix
	}
	if o == p.own {
		return "", ErrPreviewKnown
	}
	for _, listed := range p.allowed {
		if o == listed {
			return "", ErrPreviewKnown
		}
	}
	return o.String(), nil
}

// String is the origin as browsers send it.
func (o origin) String() string {
	host := o.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.scheme == "https" && o.port == "443" || o.scheme == "http" && o.port == "80" {
		return o.scheme + "://" + host
	}
	return o.scheme + "://" + net.JoinHostPort(o.host, o.port)
}

// PreviewStore is what [Previews] needs of the database.
type PreviewStore interface {
	// Origins lists the preview origins that are live at a time, the oldest first.
	Origins(ctx context.Context, at time.Time) ([]Preview, error)
}

// PreviewsConfig is what [NewPreviews] needs. All fields are required.
type PreviewsConfig struct {
	Store PreviewStore
	Now   func() time.Time
	Log   *slog.Logger
}

// Previews are the preview origins as this process last read them. A request reads memory only. If the list cannot be
// read, there are none.
type Previews struct {
	cfg  PreviewsConfig
	mu   sync.Mutex // held during a read, so that no older list replaces a newer one
	list atomic.Pointer[previewList]
	lost bool // the last read failed
}

type previewList struct {
	ends map[origin]time.Time
	at   time.Time // of the read, by the system's clock
}

// NewPreviews returns an empty list, which [Previews.Run] fills.
func NewPreviews(cfg PreviewsConfig) *Previews { return &Previews{cfg: cfg} }

// Run reads the list now and then, until ctx ends.
func (p *Previews) Run(ctx context.Context) {
	tick := time.NewTicker(previewsEvery)
	defer tick.Stop()
	for {
		p.Refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Refresh reads the list.
func (p *Previews) Refresh(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own, cancel := context.WithTimeout(ctx, previewsRead)
	defer cancel()
	l := &previewList{ends: map[origin]time.Time{}, at: time.Now()}
	all, err := p.cfg.Store.Origins(own, p.cfg.Now())
	for _, e := range all {
		if o, err := parseOrigin(e.Origin); err == nil && !o.wildcard {
			l.ends[o] = e.ExpiresAt
		}
	}
	if err != nil {
		l = nil
	}
	p.list.Store(l)
	if err != nil && !p.lost && ctx.Err() == nil {
		p.cfg.Log.WarnContext(ctx, "preview origins not read, only configured origins are allowed", "err", err)
	}
	p.lost = err != nil
}

// has reports whether a URL is on a live preview origin.
func (p *Previews) has(u *url.URL) bool {
	if p == nil {
		return false
	}
	l := p.list.Load()
	if l == nil || len(l.ends) == 0 || time.Since(l.at) > previewsValid {
		return false
	}
	ends, ok := l.ends[origin{u.Scheme, u.Hostname(), portOf(u), false}]
	return ok && p.cfg.Now().Before(ends)
}

// UsePreviews allows the origins of a list too. It is called before the policy is used.
func (p *Policy) UsePreviews(l *Previews) { p.previews = l }

// PreviewOf returns the preview origin that a return URL leads to, directly or through the return URL in a page of the
// own origin; "" if it leads elsewhere.
func (p *Policy) PreviewOf(raw string) string {
	to, ok := p.Clean(raw)
	u, err := url.Parse(to)
	if ok && err == nil && u.Host == "" {
		to, ok = p.Clean(u.Query().Get("return_to"))
		u, err = url.Parse(to)
	}
	if !ok || err != nil || !p.previews.has(u) {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
