package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/listening"
)

// problem is what is wrong with a value.
type problem struct {
	value  string // as it is printed; "" if it must not be
	reason i18n.Text
	cause  error // nil for most
}

// wrong returns a problem without a value.
func wrong(ko, en string, args ...any) *problem { return &problem{reason: i18n.Textf(ko, en, args...)} }

// malformed returns a problem with its value.
func malformed(text, ko, en string, args ...any) *problem {
	return &problem{value: strconv.Quote(clip(text)), reason: i18n.Textf(ko, en, args...)}
}

// assign parses a value and stores it where field points.
func assign(s *Setting, field any, g given) *problem {
	if terms, ok := field.(*[]norang.Term); ok {
		return assignTerms(terms, g)
	}
	items, p := g.items(field)
	if p != nil {
		return p
	}
	for _, item := range items {
		lines := s.Name == keysTextSetting || s.secret && strings.HasPrefix(strings.TrimSpace(item), "-----BEGIN ")
		if lines {
			item = strings.NewReplacer("\r", "", "\n", "").Replace(strings.TrimSpace(item))
		}
		if p := unclean(item, s.secret && !lines); p != nil {
			return p
		}
	}
	switch to := field.(type) {
	case *string:
		*to = items[0]
	case *[]string:
		*to = items
	case *Listen:
		return parse(to, items[0], parseListen)
	case *OpsListen:
		return parse(to, items[0], parseOpsListen)
	case *int64:
		return parse(to, items[0], parseNumber)
	case *int:
		if s.zeroable {
			return parse(to, items[0], parseCountOrNone)
		}
		return parse(to, items[0], parseCount)
	case *bool:
		return parse(to, items[0], parseSwitch)
	case *time.Duration:
		if s.zeroable && (items[0] == "0" || items[0] == "0d" || items[0] == s.Default) {
			*to = 0
			return nil
		}
		return parse(to, items[0], parseDuration)
	case *time.Time:
		return parse(to, items[0], parseDate)
	case *slog.Level:
		return parse(to, items[0], parseLevel)
	case *norang.Rate:
		return parse(to, items[0], parseRate)
	case *[]netip.Prefix:
		*to = nil
		for _, item := range items {
			var n netip.Prefix
			if p := parse(&n, item, parseNetwork); p != nil {
				return p
			}
			*to = append(*to, n)
		}
	default:
		panic(fmt.Sprintf("config: %s has a field of type %T", s.Name, field)) // a test reads every row
	}
	return nil
}

func parse[T any](to *T, text string, read func(string) (T, *problem)) *problem {
	v, p := read(text)
	if p == nil {
		*to = v
	}
	return p
}

// items are the texts of a value: several for a list, otherwise exactly one.
func (g given) items(field any) ([]string, *problem) {
	list := false
	switch field.(type) {
	case *[]string, *[]netip.Prefix:
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
			return nil, wrong("목록에 빈 항목이 있습니다. 쉼표를 확인하십시오.", "has an empty list item: check the commas")
		}
		items = append(items, item)
	}
	return items, nil
}

// nativeItems reads a value that TOML has parsed. A value of another type than the setting's is refused, because a
// number in place of a text is more often a mistake than meant.
func nativeItems(v, field any, list bool) ([]string, *problem) {
	switch field.(type) {
	case *int64, *int:
		if n, ok := v.(int64); ok {
			return []string{strconv.FormatInt(n, 10)}, nil
		}
		return nil, wrong("따옴표 없는 숫자로 적으십시오.", "must be a number without quotes")
	case *bool:
		if b, ok := v.(bool); ok {
			return []string{strconv.FormatBool(b)}, nil
		}
		return nil, wrong("true 또는 false로 적으십시오.", "must be true or false, without quotes")
	case *time.Time:
		if t, ok := v.(time.Time); ok {
			return []string{t.Format(time.DateOnly)}, nil
		}
	}
	if !list {
		if s, ok := v.(string); ok && s != "" {
			return []string{s}, nil
		}
		return nil, wrong("따옴표로 둘러싼 글자로 적고, 쓰지 않으려면 지우십시오.",
			"must be a text in quotes and not empty; remove a setting that is not used")
	}
	members, ok := v.([]any)
	var items []string
	for _, m := range members {
		s, isText := m.(string)
		ok = ok && isText && s != ""
		items = append(items, s)
	}
	if !ok || len(items) == 0 {
		return nil, wrong(`["…", "…"]처럼 글자의 목록으로 적으십시오.`, `must be a list of texts, such as ["…", "…"]`)
	}
	return items, nil
}

// unclean finds what copying and pasting leaves behind: surrounding white space and line breaks. In a secret they would
// fail much later, at the provider.
func unclean(text string, secret bool) *problem {
	switch {
	case text == "":
		return wrong("비어 있습니다.", "is empty")
	case strings.ContainsFunc(text, unicode.IsControl):
		return wrong("줄바꿈이나 제어 문자가 들어 있습니다. 다시 복사하십시오.",
			"contains a line break or another control character: copy it again")
	case strings.TrimSpace(text) != text, secret && strings.ContainsFunc(text, unicode.IsSpace):
		return wrong("앞뒤나 중간에 빈칸이 있습니다. 다시 복사하십시오.", "contains unexpected white space: copy it again")
	}
	return nil
}

func parseListen(text string) (Listen, *problem) {
	if _, _, ok, err := listening.Unix(text); ok {
		if err != nil {
			return "", malformed(text, "유닉스 소켓은 unix:/run/norang/norang.sock이나 unix:/run/norang/norang.sock|0666처럼 "+
				"절대 경로(103바이트까지)와 권한으로 적습니다.", "must be unix: with an absolute path of at most 103 bytes, such as "+
				"unix:/run/norang/norang.sock, or with a mode, unix:/run/norang/norang.sock|0666")
		}
		return Listen(text), nil
	}
	address, p := parseOpsListen(text)
	return Listen(address), p
}

func parseOpsListen(text string) (OpsListen, *problem) {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, "/ @") {
		return "", malformed(text, "127.0.0.1:5000처럼 주소와 포트(0~65535)로 적습니다. IPv6는 [::1]:5000입니다.",
			"must be an address and a port (0 to 65535), such as 127.0.0.1:5000 or [::1]:5000")
	}
	return OpsListen(text), nil
}

// maxCount is more than one machine can hold.
const maxCount = 100_000_000

func parseCount(text string) (int, *problem) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 || n > maxCount {
		return 0, malformed(text, "1에서 %d까지의 숫자를 적습니다.", "must be a number from 1 to %d", maxCount)
	}
	return int(n), nil
}

// parseCountOrNone parses a count, or -1 for none.
func parseCountOrNone(text string) (int, *problem) {
	if text == "-1" {
		return -1, nil
	}
	n, p := parseCount(text)
	if p != nil {
		return 0, malformed(text, "1에서 %d까지의 숫자를 적습니다. 쓰지 않으려면 -1입니다.",
			"must be a number from 1 to %d, or -1 for none", maxCount)
	}
	return n, nil
}

func parseNumber(text string) (int64, *problem) {
	n, err := strconv.ParseUint(text, 10, 63)
	if errors.Is(err, strconv.ErrRange) {
		return 0, malformed(text, "너무 큰 숫자입니다.", "must be a number up to %d", int64(math.MaxInt64))
	}
	if err != nil {
		return 0, malformed(text, "숫자만 적습니다.", "must be a number of digits only")
	}
	return int64(n), nil
}

func parseSwitch(text string) (bool, *problem) {
	switch text {
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	return false, malformed(text, "1 또는 0으로 적습니다.", "must be 1 or 0")
}

var days = regexp.MustCompile(`^([0-9]+)d$`)

// maxDays is the longest duration in days, about 292 years.
const maxDays = int64(math.MaxInt64 / (24 * time.Hour))

func parseLevel(text string) (slog.Level, *problem) {
	for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(text, l.String()) {
			return l, nil
		}
	}
	return 0, malformed(text, "debug, info, warn, error 가운데 하나로 적습니다.", "must be debug, info, warn or error")
}

func parseDuration(text string) (time.Duration, *problem) {
	d, err := time.ParseDuration(text)
	if m := days.FindStringSubmatch(text); m != nil {
		var n int64
		if n, err = strconv.ParseInt(m[1], 10, 64); n > maxDays {
			return 0, malformed(text, "%dd보다 길 수 없습니다.", "must be at most %dd", maxDays)
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, malformed(text, "14d, 12h, 30m처럼 0보다 긴 기간으로 적습니다.",
			"must be a duration above zero, such as 14d, 12h or 30m")
	}
	return d, nil
}

func parseDate(text string) (time.Time, *problem) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, malformed(text, "2028-11-30처럼 날짜로 적습니다.", "must be a date such as 2028-11-30")
	}
	return t, nil
}

// parseNetwork parses a network or a single address. Bits beyond the mask are refused, because 10.0.0.5/8 may mean one
// address or sixteen million.
func parseNetwork(text string) (netip.Prefix, *problem) {
	if text == unixPeers {
		return norang.UnixPeers(), nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" && a != norang.UnixPeers().Addr() {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p == norang.UnixPeers() {
		return p, malformed(text, "10.0.0.0/8이나 192.168.1.4처럼 적고, 유닉스 소켓이라면 unix로 적습니다.",
			"must be a network such as 10.0.0.0/8, an address such as 192.168.1.4, or unix")
	}
	if p.Masked() != p {
		return p, malformed(text, "네트워크라면 %s, 주소 하나라면 %s로 적습니다.",
			"must be %s for the network or %s for the address", p.Masked(), p.Addr())
	}
	return p, nil
}

// clip shortens a value for a message.
func clip(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
