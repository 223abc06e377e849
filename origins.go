package norang

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/returnurl"
)

// Errors of [Origins], for errors.Is.
var (
	// ErrOrigin: a preview origin must be an exact https origin, or http on a loopback host if Config.URL is http.
	ErrOrigin = returnurl.ErrPreviewOrigin
	// ErrOriginSuffix: anyone can have a name below the host of the origin, such as vercel.app.
	ErrOriginSuffix = returnurl.ErrPreviewSuffix
	// ErrOriginKnown: the origin is that of Config.URL or one of Config.Origins.
	ErrOriginKnown = returnurl.ErrPreviewKnown
	// ErrOriginLife: a preview origin lives 1 to 30 days.
	ErrOriginLife = returnurl.ErrPreviewLife
	// ErrOrigins: there are 200 preview origins already.
	ErrOrigins = returnurl.ErrPreviews
	// ErrNoOrigin: there is no such preview origin.
	ErrNoOrigin = returnurl.ErrNoPreview
)

// PreviewOrigin is an origin that counts like one of Config.Origins until it expires.
type PreviewOrigin struct {
	ID                   string
	Origin               string // as browsers send it
	CreatedAt, ExpiresAt time.Time
}

// Origins manages the preview origins: those of preview deployments, which users may return to and whose scripts may
// read the session for some days. Every call leaves an access record. The owner of such an origin can act for the users
// who sign in there.
type Origins struct{ users *Users }

// Origins manages the preview origins with the app itself as the actor. Use [Origins.As] for an operator.
func (s *Service) Origins() *Origins { return &Origins{s.Users()} }

// As returns Origins for an operator. An invalid actor is reported by its calls, as [ErrActor].
func (o *Origins) As(a Actor) *Origins { return &Origins{o.users.As(a)} }

// Add adds an origin such as "https://pr-7-shop.vercel.app" for 1 to 30 days, or replaces the end of one that exists.
// Other processes know it within a second. [ErrOrigin], [ErrOriginSuffix], [ErrOriginKnown], [ErrOriginLife],
// [ErrOrigins].
func (o *Origins) Add(ctx context.Context, origin string, life time.Duration) (PreviewOrigin, error) {
	use, err := o.users.operate()
	if err != nil {
		return PreviewOrigin{}, err
	}
	added, err := use.Origins.Add(ctx, o.users.svc.app.Web.Returns, origin, life)
	if err != nil {
		return PreviewOrigin{}, err
	}
	return PreviewOrigin(added), nil
}

// List lists the preview origins that have not expired, the oldest first.
func (o *Origins) List(ctx context.Context) ([]PreviewOrigin, error) {
	use, err := o.users.operate()
	if err != nil {
		return nil, err
	}
	all, err := use.Origins.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]PreviewOrigin, len(all))
	for i, one := range all {
		out[i] = PreviewOrigin(one)
	}
	return out, nil
}

// Remove removes a preview origin, given by PreviewOrigin.ID or Origin. Other processes refuse it within a second.
// [ErrNoOrigin].
func (o *Origins) Remove(ctx context.Context, which string) error {
	use, err := o.users.operate()
	if err != nil {
		return err
	}
	return use.Origins.Remove(ctx, which)
}
