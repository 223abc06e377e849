package page

import (
	"net/netip"
	"time"

	"github.com/norang-login/norang/internal/session"
)

// Devices lists the user's sessions.
type Devices struct {
	Frame
	Now time.Time
	// Own is this device; Others are the rest, the last used first.
	Own    Device
	Others []Device
	// Max is how many sessions a user may have.
	Max int
}

func (Devices) file() string { return "devices.html" }

// Device is a session as the user recognizes it.
type Device struct {
	ID         string // public; what the button sends
	Agent      session.Agent
	Network    string // where it began: "203.0.113.*"; "" if unknown
	SignedInAt time.Time
	SeenAt     time.Time
}

// DeviceOf builds a device from a session.
func DeviceOf(s session.Session) Device {
	return Device{
		ID: s.ID, Agent: session.ParseAgent(s.Client.UserAgent), Network: network(s.Client.Address),
		SignedInAt: s.CreatedAt, SeenAt: s.SeenAt,
	}
}

// DevicesOf builds the list from the current session and all sessions of the user, which need not include it.
func DevicesOf(f Frame, now time.Time, own session.Session, all []session.Session) Devices {
	v := Devices{Frame: f, Now: now, Own: DeviceOf(own), Max: session.MaxPerUser}
	for _, s := range all {
		if s.ID != own.ID {
			v.Others = append(v.Others, DeviceOf(s))
		}
	}
	return v
}

// network is the part of an address by which users recognize "at home" and "at work": a phone's full address changes
// many times a day, and other people may see the screen.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		p := netip.PrefixFrom(a, 24).Masked().Addr().String()
		return p[:len(p)-1] + "*" // the last number of the masked address is 0
	}
	return netip.PrefixFrom(a, 48).Masked().Addr().String() + "*"
}
