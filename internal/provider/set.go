package provider

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Set is the configured providers in the order of their buttons. It is immutable.
type Set struct {
	all    []Provider
	byName map[string]Provider
	infos  map[string]Info // by name
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// IsName reports whether a text can be the name of a provider.
func IsName(text string) bool { return validName.MatchString(text) }

// NewSet checks each provider's [Info]: a valid name that no other provider has, a namespace, and a callback method.
func NewSet(all ...Provider) (*Set, error) {
	s := &Set{all: slices.Clone(all), byName: make(map[string]Provider, len(all)), infos: make(map[string]Info, len(all))}
	var errs []error
	for _, p := range all {
		info := p.Info()
		_, twice := s.byName[info.Name]
		switch {
		case !IsName(info.Name):
			errs = append(errs, fmt.Errorf("provider: invalid name %q", info.Name))
		case twice:
			errs = append(errs, fmt.Errorf("provider: duplicate name %q", info.Name))
		case info.Namespace == "":
			errs = append(errs, fmt.Errorf("provider: %s: no namespace", info.Name))
		case info.Account.Ko != "" && !strings.HasSuffix(info.Account.Ko, "계정"): // the texts' particles rely on it
			errs = append(errs, fmt.Errorf("provider: %s: account %q must end in 계정", info.Name, info.Account.Ko))
		case info.CallbackMethod != "GET" && info.CallbackMethod != "POST":
			errs = append(errs, fmt.Errorf("provider: %s: callback method must be GET or POST, got %q",
				info.Name, info.CallbackMethod))
		}
		s.byName[info.Name], s.infos[info.Name] = p, info
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// Get returns the provider of that name. It works on a nil Set, which is empty.
func (s *Set) Get(name string) (Provider, bool) {
	if s == nil {
		return nil, false
	}
	p, ok := s.byName[name]
	return p, ok
}

// Info is what the provider of that name says about itself. It was read once, so that a request need not build it.
func (s *Set) Info(name string) (Info, bool) {
	if s == nil {
		return Info{}, false
	}
	info, ok := s.infos[name]
	return info, ok
}

// All lists the providers in configured order.
func (s *Set) All() []Provider {
	if s == nil {
		return nil
	}
	return slices.Clone(s.all)
}

// Capability returns the provider of that name as T, such as [Unlinker]; false if there is no such provider or it lacks
// the capability.
func Capability[T any](s *Set, name string) (T, bool) {
	p, _ := s.Get(name)
	t, ok := p.(T)
	return t, ok
}
