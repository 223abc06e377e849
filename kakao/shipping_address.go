package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// AddressType is the format of a Korean address.
type AddressType string

// The formats of addresses.
const (
	RoadAddress AddressType = "NEW" // road name (도로명)
	LotAddress  AddressType = "OLD" // lot number (지번)
)

// ShippingAddress is a shipping address of a Kakao account.
type ShippingAddress struct {
	ID                             int64
	Name                           string // name given by the user
	IsDefault                      Flag
	UpdatedAt                      time.Time
	Type                           AddressType
	BaseAddress                    string // result of the postcode search
	DetailAddress                  string // entered by the user
	ReceiverName                   string
	ReceiverPhone1, ReceiverPhone2 string
	ZoneNumber                     string // five-digit postcode
	ZipCode                        string // old six-digit postcode
}

// ShippingAddresses is the response of the call of the same name.
type ShippingAddresses struct {
	UserID int64
	// NeedsAgreement is Yes if the user has not agreed: ask for it with the scope "shipping_address".
	NeedsAgreement Flag
	// Addresses are sorted: the default address, then the most recently changed first.
	Addresses []ShippingAddress
}

// ShippingAddressOptions selects addresses. The zero value selects the first ten.
type ShippingAddressOptions struct {
	AddressID int64 // select only this address
	// UpdatedBefore selects addresses changed before then, in whole seconds. For the next page, set it to UpdatedAt of
	// the last address. Zero begins with the most recent change.
	UpdatedBefore time.Time
	PageSize      int // at least 2; 0 means 10
}

// ShippingAddresses returns the user's shipping addresses (배송지). The app requires a permission (-5) and the user's
// consent (-402, or NeedsAgreement).
// Source: Kakao, REST API, "배송지 조회".
func (c *Client) ShippingAddresses(
	ctx context.Context, accessToken Secret, opts ShippingAddressOptions,
) (*ShippingAddresses, error) {
	return c.shippingAddresses(ctx, c.bearer("shipping_address", accessToken), opts)
}

// ShippingAddressesAsAdmin is ShippingAddresses for any user, using the admin key.
func (c *Client) ShippingAddressesAsAdmin(
	ctx context.Context, userID int64, opts ShippingAddressOptions,
) (*ShippingAddresses, error) {
	return c.shippingAddresses(ctx, c.admin("shipping_address", userID), opts)
}

func (o ShippingAddressOptions) addTo(q url.Values) error {
	if o.AddressID < 0 || o.PageSize < 0 || o.PageSize == 1 {
		return errors.New("AddressID is negative, or PageSize is neither 0 nor at least 2")
	}
	if o.AddressID > 0 {
		q.Set("address_id", strconv.FormatInt(o.AddressID, 10))
	}
	if !o.UpdatedBefore.IsZero() {
		q.Set("from_updated_at", strconv.FormatInt(max(o.UpdatedBefore.Unix(), 0), 10))
	}
	if o.PageSize > 0 {
		q.Set("page_size", strconv.Itoa(o.PageSize))
	}
	return nil
}

func (c *Client) shippingAddresses(
	ctx context.Context, call call, opts ShippingAddressOptions,
) (*ShippingAddresses, error) {
	if err := opts.addTo(call.params); err != nil {
		return nil, invalid(call.op, err.Error())
	}
	call.method, call.path, call.retry = http.MethodGet, "/v1/user/shipping_address", true
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
			list.NeedsAgreement = p.flagOrSkip()
		case "shipping_addresses":
			p.arrayOrSkip(func() { list.Addresses = append(list.Addresses, readShippingAddress(&p)) })
		default:
			p.skip()
		}
	}
	if err := call.check(p.done(), list.UserID); err != nil {
		return nil, err
	}
	return list, nil
}

func readShippingAddress(p *parser) ShippingAddress {
	var a ShippingAddress
	for o := p.objectOrSkip(); o.next(); {
		switch string(o.key) {
		case "id":
			a.ID = p.int()
		case "name":
			a.Name = p.stringOrSkip()
		case "is_default":
			a.IsDefault = p.flagOrSkip()
		case "updated_at":
			a.UpdatedAt = unixTime(p.intOrSkip())
		case "type":
			a.Type = AddressType(p.stringOrSkip())
		case "base_address":
			a.BaseAddress = p.stringOrSkip()
		case "detail_address":
			a.DetailAddress = p.stringOrSkip()
		case "receiver_name":
			a.ReceiverName = p.stringOrSkip()
		case "receiver_phone_number1":
			a.ReceiverPhone1 = p.stringOrSkip()
		case "receiver_phone_number2":
			a.ReceiverPhone2 = p.stringOrSkip()
		case "zone_number":
			a.ZoneNumber = p.stringOrSkip()
		case "zip_code":
			a.ZipCode = p.stringOrSkip()
		default:
			p.skip()
		}
	}
	return a
}
