package kakaotest

import (
	"net/http"
	"slices"
	"sort"
)

// shippingBody is the response of /v1/user/shipping_address.
type shippingBody struct {
	UserID          int64          `json:"user_id"`
	NeedsAgreement  bool           `json:"shipping_addresses_needs_agreement"`
	ShippingAddress *[]addressBody `json:"shipping_addresses,omitempty"`
}

type addressBody struct {
	ID             int64  `json:"id"`
	Name           string `json:"name"`
	IsDefault      bool   `json:"is_default"`
	UpdatedAt      int64  `json:"updated_at"`
	Type           string `json:"type"`
	BaseAddress    string `json:"base_address"`
	DetailAddress  string `json:"detail_address"`
	ReceiverName   string `json:"receiver_name"`
	ReceiverPhone1 string `json:"receiver_phone_number1"`
	ReceiverPhone2 string `json:"receiver_phone_number2,omitempty"`
	ZoneNumber     string `json:"zone_number"`
	ZipCode        string `json:"zip_code"`
}

// shippingAddress is GET /v1/user/shipping_address. The default address comes first, then the latest.
func shippingAddress(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	if consentItem(s.app, "shipping_address").Step == StepOff {
		return c.kapiFail(-5, "permission denied")
	}
	id, err1 := intParam(c.get("address_id"), 0)
	from, err2 := intParam(c.get("from_updated_at"), 0)
	size, err3 := intParam(c.get("page_size"), 10)
	if err1 != nil || err2 != nil || err3 != nil || id < 0 || from < 0 || size < 2 || size > 100 {
		return c.kapiFail(-2, "address_id and from_updated_at must be numbers, page_size at least 2")
	}
	body := shippingBody{UserID: s.link.userID}
	if !s.link.has("shipping_address") {
		body.NeedsAgreement = true
		return jsonAnswer(http.StatusOK, body)
	}
	list := slices.Clone(s.account.Addresses)
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].Default != list[j].Default {
			return list[i].Default
		}
		return list[i].UpdatedAt > list[j].UpdatedAt
	})
	out := []addressBody{}
	for _, ad := range list {
		if id != 0 && ad.ID != id || from != 0 && (ad.UpdatedAt >= from || ad.Default) || len(out) == int(size) {
			continue
		}
		out = append(
			out,
			addressBody{
				ID:             ad.ID,
				Name:           ad.Name,
				IsDefault:      ad.Default,
				UpdatedAt:      ad.UpdatedAt,
				Type:           ad.Type,
				BaseAddress:    ad.BaseAddress,
				DetailAddress:  ad.DetailAddress,
				ReceiverName:   ad.ReceiverName,
				ReceiverPhone1: ad.ReceiverPhone1,
				ReceiverPhone2: ad.ReceiverPhone2,
				ZoneNumber:     ad.ZoneNumber,
				ZipCode:        ad.ZipCode,
			},
		)
	}
	body.ShippingAddress = &out
	return jsonAnswer(http.StatusOK, body)
}
