package kakaotest

import (
	"math/rand/v2"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Chaos injects random faults. The same seed and the same calls in the same order give the same faults. It is off
// while Seed is zero.
type Chaos struct {
	Seed     int64    `toml:"seed" json:"seed"`           // zero is off
	Fail     float64  `toml:"fail" json:"fail"`           // share of API calls that fail with 503 or -1, 0 to 1
	Cut      float64  `toml:"cut" json:"cut"`             // share whose connection is cut
	Slow     float64  `toml:"slow" json:"slow"`           // share that is delayed
	MaxDelay Duration `toml:"max_delay" json:"max_delay"` // default 500ms
}

func (c Chaos) check() error {
	if !(c.Fail >= 0 && c.Cut >= 0 && c.Slow >= 0 && c.Fail+c.Cut+c.Slow <= 1) { // NaN neither
		return emulator.Errorf("chaos: fail, cut, slow는 0 이상이고 합이 1 이하여야 합니다",
			"chaos: fail, cut and slow must not be negative, and their sum must be at most 1")
	}
	return emulator.CheckDelay("chaos: max_delay", time.Duration(c.MaxDelay))
}

// chaosState draws the faults.
type chaosState struct {
	Chaos
	rng *rand.Rand
}

func newChaosState(c Chaos) *chaosState {
	if c.MaxDelay == 0 {
		c.MaxDelay = Duration(500 * time.Millisecond)
	}
	return &chaosState{c, rand.New(rand.NewPCG(uint64(c.Seed), 0x6b616b616f))}
}

// SetChaos restarts the random faults. A zero Chaos ends them.
func (s *faultAPI) SetChaos(c Chaos) error {
	if err := c.check(); err != nil {
		return err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.faults.chaos = newChaosState(c)
	return nil
}

// fault draws for an API call; pages are exempt. The caller holds the lock, which keeps the order of draws.
func (c *chaosState) fault(call *call) *fault {
	if c.Seed == 0 || call.e.page || call.e.name == "" {
		return nil
	}
	p, d := c.rng.Float64(), c.rng.Float64()
	switch {
	case p < c.Fail && call.e.host == "kapi":
		return &fault{Scenario{Code: "-1", Message: "InternalServerException"}}
	case p < c.Fail:
		return &fault{Scenario{Code: "KOE003", Status: 503}}
	case p < c.Fail+c.Cut:
		return &fault{Scenario{Cut: true}}
	case p < c.Fail+c.Cut+c.Slow:
		return &fault{Scenario{Delay: Duration(float64(c.MaxDelay) * d)}}
	}
	return nil
}
