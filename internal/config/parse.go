package config

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// assign reads a value and puts it where field points. The answer is what is wrong with it, nil if nothing is.
func assign(s *Setting, field any, g given) *Text {
	if terms, ok := field.(*[]Term); ok {
		return assignTerms(terms, g)
	}
	items, problem := g.items(field)
	if problem != nil {
		return problem
	}
	for _, item := range items {
		if problem := unclean(item, s.Secret()); problem != nil {
			return problem
		}
	}
	switch p := field.(type) {
	case *string:
		*p = items[0]
	case *Secret:
		*p = Secret(items[0])
	case *Database:
		*p = Database(items[0])
	case *[]string:
		*p = items
	case *[]Secret:
		*p = nil
		for _, item := range items {
			*p = append(*p, Secret(item))
		}
	case *Listen:
		return parse(p, items[0], parseListen)
	case *int64:
		return parse(p, items[0], parseNumber)
	case *bool:
		return parse(p, items[0], parseSwitch)
	case *time.Duration:
		if s.none && (items[0] == "0" || items[0] == "0d" || items[0] == s.Default) {
			*p = 0 // over a longer one of a lower rank
			return nil
		}
		return parse(p, items[0], parseDuration)
	case *Rate:
		return parse(p, items[0], parseRate)
	case *[]netip.Prefix:
		*p = nil
		for _, item := range items {
			var n netip.Prefix
			if problem := parse(&n, item, parseNetwork); problem != nil {
				return problem
			}
			*p = append(*p, n)
		}
	default:
		panic(fmt.Sprintf("config: %s has a field of type %T", s.Name, field)) // a fault of the table, found by its test
	}
	return nil
}

func parse[T any](to *T, text string, read func(string) (T, *Text)) *Text {
	v, problem := read(text)
	if problem == nil {
		*to = v
	}
	return problem
}

// items are the texts of a value: several for a list, exactly one otherwise.
func (g given) items(field any) ([]string, *Text) {
	list := false
	switch field.(type) {
	case *[]string, *[]Secret, *[]netip.Prefix:
		list = true
	}
	if g.native != nil {
		return nativeItems(g.native, field, list)
	}
	if !list {
		return []string{g.text}, nil
	}
	var items []string
	for item := range strings.SplitSeq(g.text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			t := say("목록에 빈 항목이 있습니다. 쉼표를 확인하십시오.", "the list has an empty member; look at the commas")
			return nil, &t
		}
		items = append(items, item)
	}
	return items, nil
}

// nativeItems reads what TOML made of a value. A value of another type than the setting's is refused: a number where a
// text belongs is more often a slip than a wish.
func nativeItems(v, field any, list bool) ([]string, *Text) {
	wrong := func(ko, en string) ([]string, *Text) {
		t := Text{ko, en}
		return nil, &t
	}
	switch field.(type) {
	case *int64:
		if n, ok := v.(int64); ok {
			return []string{strconv.FormatInt(n, 10)}, nil
		}
		return wrong("따옴표 없는 숫자로 적으십시오.", "must be a number, without quotes")
	case *bool:
		if b, ok := v.(bool); ok {
			return []string{strconv.FormatBool(b)}, nil
		}
		return wrong("true 또는 false로 적으십시오.", "must be true or false, without quotes")
	}
	if !list {
		if s, ok := v.(string); ok && s != "" {
			return []string{s}, nil
		}
		return wrong(`따옴표로 둘러싼 글자로 적고, 쓰지 않으려면 지우십시오.`, `must be a text in quotes, and not empty: remove what is not used`)
	}
	members, ok := v.([]any)
	var items []string
	for _, m := range members {
		s, isText := m.(string)
		ok = ok && isText && s != ""
		items = append(items, s)
	}
	if !ok || len(items) == 0 {
		return wrong(`["…", "…"]처럼 글자의 목록으로 적으십시오.`, `must be a list of texts, such as ["…", "…"]`)
	}
	return items, nil
}

// unclean finds what copying and pasting leaves behind. No setting has a reason to begin or end with a blank, or to hold
// a line break; in a secret it would fail much later, at Kakao.
func unclean(text string, secret bool) *Text {
	var t Text
	switch {
	case text == "":
		t = say("비어 있습니다.", "is empty")
	case strings.ContainsFunc(text, unicode.IsControl):
		t = say("줄바꿈이나 제어 문자가 들어 있습니다. 다시 복사하십시오.", "has a line break or another control character in it; copy it again")
	case strings.TrimSpace(text) != text, secret && strings.ContainsFunc(text, unicode.IsSpace):
		t = say("앞뒤나 중간에 빈칸이 있습니다. 다시 복사하십시오.", "has blanks where none belong; copy it again")
	default:
		return nil
	}
	return &t
}

func parseListen(text string) (Listen, *Text) {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, "/ @") {
		t := say("%q: 127.0.0.1:5000처럼 주소와 포트(0~65535)로 적습니다. IPv6는 [::1]:5000입니다.",
			"%q must be an address and a port (0 to 65535), such as 127.0.0.1:5000 or [::1]:5000", clip(text))
		return "", &t
	}
	return Listen(text), nil
}

func parseNumber(text string) (int64, *Text) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t := say("%q: 숫자만 적습니다.", "%q must be a number, digits only", clip(text))
		return 0, &t
	}
	return int64(n), nil
}

func parseSwitch(text string) (bool, *Text) {
	switch text {
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	t := say("%q: 1 또는 0으로 적습니다.", "%q must be 1 or 0", clip(text))
	return false, &t
}

var days = regexp.MustCompile(`^([0-9]{1,6})d$`)

func parseDuration(text string) (time.Duration, *Text) {
	d, err := time.ParseDuration(text)
	if m := days.FindStringSubmatch(text); m != nil {
		var n int64
		if n, err = strconv.ParseInt(m[1], 10, 64); n > int64(math.MaxInt64/(24*time.Hour)) {
			n = 0
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		t := say("%q: 14d, 12h, 30m처럼 0보다 긴 기간으로 적습니다.", "%q must be a duration above zero, such as 14d, 12h or 30m", clip(text))
		return 0, &t
	}
	return d, nil
}

// parseNetwork reads a network or a single address. Bits beyond the mask are refused, because 10.0.0.5/8 may have meant
// one address or sixteen million.
func parseNetwork(text string) (netip.Prefix, *Text) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		t := say("%q: 10.0.0.0/8이나 192.168.1.4처럼 적습니다.", "%q must be a network such as 10.0.0.0/8 or an address such as 192.168.1.4", clip(text))
		return p, &t
	}
	if p.Masked() != p {
		t := say("%q: 네트워크라면 %s, 주소 하나라면 %s로 적습니다.", "%q is ambiguous: write %s for the network or %s for the address", text, p.Masked(), p.Addr())
		return p, &t
	}
	return p, nil
}

// clip keeps a message readable whatever was pasted.
func clip(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
