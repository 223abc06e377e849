package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// AddressType tells the two Korean ways to write an address.
type AddressType string

// The two types of address.
const (
	RoadAddress AddressType = "NEW" // road name (도로명)
	LotAddress  AddressType = "OLD" // lot number (지번)
)

// ShippingAddress is one address that a person keeps at Kakao.
type ShippingAddress struct {
	ID                             int64
	Name                           string // what the person calls it
	IsDefault                      Flag
	UpdatedAt                      time.Time
	Type                           AddressType
	BaseAddress                    string // what the postcode search gave
	DetailAddress                  string // what the person added
	ReceiverName                   string
	ReceiverPhone1, ReceiverPhone2 string
	ZoneNumber                     string // postcode of five digits
	ZipCode                        string // old postcode of six digits
}

// ShippingAddresses is the answer of the call of that name.
type ShippingAddresses struct {
	UserID int64
	// NeedsAgreement is Yes if the person has not agreed: ask with Scope "shipping_address".
	NeedsAgreement Flag
	// Addresses begin with the default one, then the last changed first.
	Addresses []ShippingAddress
}

// ShippingAddressOptions narrows the list. The zero value asks for the first ten.
type ShippingAddressOptions struct {
	AddressID   int64     // only this one
	UpdatedFrom time.Time // changed at or after it; whole seconds
	PageSize    int       // 2 or more; 0 means 10
}

// ShippingAddresses lists where a person has things sent (배송지). The app needs a permission (-5) and
// the person's consent (-402, or NeedsAgreement).
// Source: Kakao, REST API, "배송지 조회".
func (c *Client) ShippingAddresses(ctx context.Context, accessToken Secret, opts ShippingAddressOptions) (*ShippingAddresses, error) {
	call, err := c.bearer("shipping_address", accessToken)
	if err != nil {
		return nil, err
	}
	return c.shippingAddresses(ctx, call, opts, 0)
}

// ShippingAddressesAsAdmin is the same for any person, by admin key.
func (c *Client) ShippingAddressesAsAdmin(ctx context.Context, userID int64, opts ShippingAddressOptions) (*ShippingAddresses, error) {
	call, err := c.admin("shipping_address", userID)
	if err != nil {
		return nil, err
	}
	return c.shippingAddresses(ctx, call, opts, userID)
}

func (o ShippingAddressOptions) addTo(q url.Values) error {
	if o.AddressID < 0 || o.PageSize < 0 || o.PageSize == 1 {
		return errors.New("AddressID is negative or PageSize below 2")
	}
	if o.AddressID > 0 {
		q.Set("address_id", strconv.FormatInt(o.AddressID, 10))
	}
	if !o.UpdatedFrom.IsZero() {
		q.Set("from_updated_at", strconv.FormatInt(max(o.UpdatedFrom.Unix(), 0), 10))
	}
	if o.PageSize > 0 {
		q.Set("page_size", strconv.Itoa(o.PageSize))
	}
	return nil
}

func (c *Client) shippingAddresses(ctx context.Context, call call, opts ShippingAddressOptions, want int64) (*ShippingAddresses, error) {
	if err := opts.addTo(call.params); err != nil {
		return nil, invalid(call.op, err.Error())
	}
	call.method, call.path, call.again = http.MethodGet, "/v1/user/shipping_address", true
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	list := new(ShippingAddresses)
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "user_id":
			list.UserID = p.int()
		case "shipping_addresses_needs_agreement":
			list.NeedsAgreement = p.flag()
		case "shipping_addresses":
			p.array(func() { list.Addresses = append(list.Addresses, p.shippingAddress()) })
		default:
			p.skip()
		}
	}
	if err := checkID(call.op, p.done(), list.UserID, want); err != nil {
		return nil, err
	}
	return list, nil
}

func (p *parser) shippingAddress() ShippingAddress {
	var a ShippingAddress
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "id":
			a.ID = p.int()
		case "name":
			a.Name = p.str()
		case "is_default":
			a.IsDefault = p.flag()
		case "updated_at":
			a.UpdatedAt = unixTime(p.int())
		case "type":
			a.Type = AddressType(p.str())
		case "base_address":
			a.BaseAddress = p.str()
		case "detail_address":
			a.DetailAddress = p.str()
		case "receiver_name":
			a.ReceiverName = p.str()
		case "receiver_phone_number1":
			a.ReceiverPhone1 = p.str()
		case "receiver_phone_number2":
			a.ReceiverPhone2 = p.str()
		case "zone_number":
			a.ZoneNumber = p.str()
		case "zip_code":
			a.ZipCode = p.str()
		default:
			p.skip()
		}
	}
	return a
}
