package page

import "time"

// linkSamples are the pages about the ways to sign in.
func linkSamples(frame func(string) Frame, noticed func(string, Notice) Frame, name string, now time.Time) []sample {
	const path = "/auth/account/links"
	one := Link{
		ID: "019c8f9c-0000-7000-8000-0000000000a1", Provider: "kakao", Subject: "3141592653589", Name: name,
		LinkedAt: now.AddDate(0, -3, 0), SeenAt: now.Add(-26 * time.Hour), Own: true,
	}
	two := Link{
		ID: "019c8f9c-0000-7000-8000-0000000000a2", Provider: "kakao", Subject: "9223372036854775807",
		LinkedAt: now.Add(-time.Minute), SeenAt: now.Add(-time.Minute),
	}
	full := Links{Frame: frame(path), Now: now, Items: []Link{one, two}, Fresh: true, Full: true}
	return []sample{
		{"links", Links{Frame: noticed(path, NoticeLinkAdded), Now: now, Items: []Link{one, two}, Fresh: true}},
		{"links-stale", Links{Frame: frame(path), Now: now, Items: []Link{one, two}}},
		{"links-last", Links{Frame: frame(path), Now: now, Items: []Link{one}}},
		{"links-kakaotalk", Links{Frame: frame(path), Now: now, Items: []Link{one, two}, InKakaoTalk: true}},
		{"links-full", full},
	}
}
