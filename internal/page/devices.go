package page

import (
	"net/netip"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// Devices is the list of a person's own sessions.
type Devices struct {
	Frame
	Now time.Time
	// Own is the device in hand; Others are all the rest, the last used first.
	Own    Device
	Others []Device
	// Max is how many sessions one person may have.
	Max int
}

func (Devices) file() string { return "devices.html" }

// Device is one session as a person recognizes it.
type Device struct {
	ID         string // public; what the button sends
	Agent      session.Agent
	Network    string // where it began, coarse: "203.0.113.*"; "" if unknown
	SignedInAt time.Time
	SeenAt     time.Time
}

// DeviceOf takes a device from a session.
func DeviceOf(s session.Session) Device {
	return Device{
		ID: s.ID, Agent: session.ParseAgent(s.Client.UserAgent), Network: network(s.Client.Address),
		SignedInAt: s.CreatedAt, SeenAt: s.SeenAt,
	}
}

// DevicesOf takes the list from what is signed in and all sessions of its person, which may or may not hold the own one.
func DevicesOf(f Frame, now time.Time, own session.Session, all []session.Session) Devices {
	v := Devices{Frame: f, Now: now, Own: DeviceOf(own), Max: session.MaxPerPerson}
	for _, s := range all {
		if s.ID != own.ID {
			v.Others = append(v.Others, DeviceOf(s))
		}
	}
	return v
}

// network is the part of an address by which people recognize "at home" and "at work": a phone's whole address changes
// many times a day, and a whole address over somebody's shoulder is more than the shoulder's owner wants to give.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		p := netip.PrefixFrom(a, 24).Masked().Addr().String()
		return p[:len(p)-1] + "*" // of the masked address the last number is 0
	}
	return netip.PrefixFrom(a, 48).Masked().Addr().String() + "*"
}
