package importing

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/i18n"
)

// Row is a line of the file: a user with one identity.
type Row struct {
	Line      int
	Subject   string
	Ref       string // "" if the app has no number for the user
	Profile   account.Profile
	Status    account.Status // Active or Disabled
	CreatedAt time.Time      // zero if the file does not say
	Consents  []account.Consent

	Exported bool // the ref has the apostrophe of an export, so no spreadsheet has changed it
}

// The columns besides that of the provider's id, in the order of an export.
const (
	colRef       = "ref"
	colNickname  = "nickname"
	colEmail     = "email"
	colRelay     = "email_relay"
	colCreated   = "created_at"
	colStatus    = "status"
	colTerms     = "terms"
	colMarketing = "marketing_at"
)

var columns = []string{colRef, colNickname, colEmail, colRelay, colCreated, colStatus, colTerms, colMarketing}

// timeForm is how times are written; every RFC 3339 time is read.
const timeForm = "2006-01-02T15:04:05.000Z07:00"

// minimumAge is what a user declares to have reached.
var minimumAge = strconv.Itoa(account.MinimumAge)

// earliest is before any provider: an earlier time is a default of the old database.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// parser makes rows of records.
type parser struct {
	prefix string // to take off ids
	number bool   // ids are numbers
	terms  []consent.Term
	now    time.Time
	at     map[string]int // the position of each column
	id     string         // the column with the provider's id
	form   *regexp.Regexp // of ids that are no numbers; nil for any
}

// header reads the first record.
func (p *parser) header(names []string) *i18n.Text {
	p.at = map[string]int{}
	if len(names) == 1 && strings.ContainsAny(names[0], ";\t") {
		return fault("열을 쉼표가 아니라 세미콜론이나 탭으로 나눈 파일입니다. 쉼표로 나눈 CSV로 내보내십시오.",
			"the columns are separated by semicolons or tabs: export the file with commas")
	}
	for i, name := range names {
		if _, twice := p.at[name]; twice {
			return fault("%q 열이 두 번 있습니다.", "column %q is there twice", name)
		}
		if name != p.id && !slices.Contains(columns, name) {
			return fault("모르는 열입니다: %q. 쓸 수 있는 열: %s", "unknown column %q, known are %s", name,
				strings.Join(append([]string{p.id}, columns...), ", "))
		}
		p.at[name] = i
	}
	for _, name := range []string{p.id, colRef} {
		if _, ok := p.at[name]; !ok {
			return fault("%s 열이 없습니다. 첫 줄은 열의 이름이어야 합니다.",
				"column %s is missing; the first line must name the columns", name)
		}
	}
	return nil
}

// row reads a record. noID says that the row is refused because the old service has no id for this user.
func (p *parser) row(line int, record []string) (r Row, noID bool, bad *i18n.Text) {
	get := func(name string) string {
		if i, ok := p.at[name]; ok {
			return plain(record[i])
		}
		return ""
	}
	for _, cell := range record {
		if !utf8.ValidString(cell) {
			return r, false, encodingFault(cell)
		}
	}
	r = Row{Line: line, Ref: get(colRef), Status: account.Active}
	if r.Subject, noID, bad = p.subject(get(p.id)); bad != nil {
		return r, noID, bad
	}
	switch {
	case strings.ContainsRune(r.Ref, utf8.RuneError):
		return r, false, replacedFault(colRef, r.Ref)
	case absent(r.Ref), r.Ref != "" && !account.ValidRef(r.Ref):
		return r, false, fault("ref %q: 회원번호가 아닙니다.", "ref %q is not a user number", r.Ref)
	}
	r.Exported = record[p.at[colRef]] != r.Ref
	if !r.Exported && (errorForm.MatchString(r.Ref) || powerForm.MatchString(r.Ref)) {
		return r, false, spreadsheetFault(colRef, r.Ref)
	}
	r.Profile = account.Profile{Nickname: get(colNickname), Email: get(colEmail)}
	if r.Profile.Email != "" {
		r.Profile.EmailState = account.EmailUnverified
	}
	switch kept := account.CleanProfile(r.Profile); {
	case kept.Email != r.Profile.Email:
		return r, false, fault("email: 주소가 아닙니다. 없으면 비워 두십시오.", "email is not an address; leave it empty if there is none")
	case kept.Nickname != r.Profile.Nickname:
		return r, false, fault("nickname: 쓸 수 없는 글자가 있거나 %d자보다 깁니다.",
			"nickname has characters that cannot be kept, or more than %d", account.MaxNickname)
	}
	switch relay := get(colRelay); {
	case relay == "", relay == "false":
	case relay == "true" && r.Profile.Email != "":
		r.Profile.EmailRelay = true
	default:
		return r, false, fault("email_relay %q: true 또는 false여야 하고, true이면 email도 있어야 합니다.",
			"email_relay must be true or false, and true only with an email, got %q", relay)
	}
	switch status := get(colStatus); status {
	case "", string(account.Active):
	case string(account.Disabled):
		r.Status = account.Disabled
	default:
		return r, false, fault("status %q: active 또는 disabled여야 합니다. 탈퇴한 사람은 파일에 넣지 마십시오.",
			"status must be active or disabled, got %q; leave out users who have withdrawn", status)
	}
	if text := get(colCreated); text != "" {
		if r.CreatedAt, bad = p.time(colCreated, text); bad != nil {
			return r, false, bad
		}
	}
	r.Consents, bad = p.consents(get(colTerms), get(colMarketing))
	return r, false, bad
}

var (
	idForm    = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)
	digits    = regexp.MustCompile(`^[0-9]+$`)
	errorForm = regexp.MustCompile(`^#(?:NAME\?|VALUE!|REF!|NUM!|NULL!|DIV/0!|N/A|SPILL!|CALC!)$`)
	floatForm = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?$`)
	powerForm = regexp.MustCompile(`^[0-9]([.,][0-9]+)?[eE]\+[0-9]+$`)
)

// exactDigits is how many digits of a number spreadsheets keep.
const exactDigits = 15

// maxSubject bounds an id, in characters: OpenID Connect Core 2 allows 255.
const maxSubject = 255

// damaged reports whether a cell is a number as a spreadsheet or a floating-point column writes it, or what a
// spreadsheet shows for text that it took for a formula: #NAME?, #VALUE!, #N/A.
func damaged(s string) bool {
	return floatForm.MatchString(s) && !digits.MatchString(s) || errorForm.MatchString(s)
}

// rounding counts the ids that have more digits than a floating-point number holds. A file in which most of them are
// such numbers went through one: their last digits are zeros. It also counts the refs that look like floating-point
// numbers: some of a service's own numbers may (1e5, 2026.12), but most do only after they went through such a column.
type rounding struct {
	long, rounded int
	line          int    // of the first rounded id
	id            string // the first rounded id

	refs, floats int
	refLine      int    // of the first such ref
	ref          string // the first such ref
}

func (c *rounding) count(r Row) {
	c.countRef(r)
	if len(r.Subject) <= exactDigits || !digits.MatchString(r.Subject) {
		return
	}
	c.long++
	if !strings.HasSuffix(r.Subject, "0") {
		return // a floating-point number can hold such an id of 16 or 17 digits
	}
	if f, err := strconv.ParseFloat(r.Subject, 64); err != nil || strconv.FormatFloat(f, 'f', -1, 64) != r.Subject {
		return
	}
	if c.rounded++; c.rounded == 1 {
		c.line, c.id = r.Line, strings.Clone(r.Subject)
	}
}

func (c *rounding) countRef(r Row) {
	if r.Ref == "" || r.Exported {
		return
	}
	if c.refs++; !damaged(r.Ref) {
		return
	}
	if c.floats++; c.floats == 1 {
		c.refLine, c.ref = r.Line, strings.Clone(r.Ref)
	}
}

// refFault is why the file is refused for its refs; nil if it is not.
func (c *rounding) refFault() *i18n.Text {
	if c.floats*2 <= c.refs {
		return nil
	}
	return spreadsheetFault(colRef, c.ref)
}

// fault is why the file is refused; nil if it is not. An id that happens to end in zeros is not enough, unless it is so
// long that this cannot be by chance.
func (c *rounding) fault(column string) *i18n.Text {
	if c.rounded*2 <= c.long || c.rounded < 3 && len(c.id) < 20 {
		return nil
	}
	return fault("%s %s: 긴 번호 %d개 가운데 %d개의 끝자리가 0입니다. 스프레드시트나 실수 열이 반올림했습니다. 글자로 내보내십시오.",
		"%s %s: of %d long ids %d end in zeros: a spreadsheet or a floating-point column has rounded them; "+
			"export the column as text", column, c.id, c.long, c.rounded)
}

// absent reports whether a cell is what a program writes for a value that is not there.
func absent(s string) bool {
	switch strings.ToLower(strings.Trim(s, `"'`)) {
	case "null", `\n`, "nil", "none", "undefined", "nan":
		return true
	}
	return false
}

// subject reads the provider's id.
func (p *parser) subject(text string) (id string, noID bool, bad *i18n.Text) {
	id = text
	if p.prefix != "" {
		id = strings.TrimPrefix(text, p.prefix)
	}
	switch {
	case id == "", absent(id), id == "0":
		return "", true, fault("%s %q: 회원번호가 없는 줄입니다. 이 사람은 연결 링크로만 옮길 수 있습니다(norang user link-ticket).",
			"%s %q: the row has no id; this user can only come in by a link ticket (norang user link-ticket)", p.id, text)
	case damaged(id):
		return "", false, spreadsheetFault(p.id, text)
	case strings.ContainsRune(id, utf8.RuneError):
		return "", false, replacedFault(p.id, text)
	case !p.number:
		if id != account.CleanText(id, maxSubject) || strings.ContainsAny(id, " \t") {
			return "", false, fault("%s %q: 쓸 수 없는 글자가 있거나 %d자보다 깁니다.",
				"%s %q has characters that no id has, or more than %d", p.id, text, maxSubject)
		}
		if p.form != nil && !p.form.MatchString(id) {
			return "", false, fault("%s %q: 이 제공자의 회원번호는 이런 모양이 아닙니다(%s). 앞에 붙은 말은 --strip-prefix로 뗄 수 있습니다.",
				"%s %q does not have the form of this provider's ids (%s); --strip-prefix removes a prefix", p.id, text, p.form)
		}
		return id, false, nil
	case digits.MatchString(id) && len(id) > 19:
		return "", false, fault("%s %q: 19자리보다 깁니다.", "%s %q has more than 19 digits", p.id, text)
	case !idForm.MatchString(id):
		return "", false, fault("%s %q: 숫자로 된 회원번호가 아닙니다. 앞에 붙은 말은 --strip-prefix로 뗄 수 있습니다.",
			"%s %q is not a number; --strip-prefix removes a prefix", p.id, text)
	}
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return "", false, fault("%s %q: 있을 수 없이 큰 번호입니다.", "%s %q is too large", p.id, text)
	}
	return id, false, nil
}

// replacedFault refuses a key in which a converter has replaced characters: several keys may have become one.
func replacedFault(column, cell string) *i18n.Text {
	return fault("%s %q: 읽을 수 없던 글자가 U+FFFD(�)로 바뀌어 있습니다. 원래 값으로 파일을 다시 만드십시오.",
		"%s %q has U+FFFD in place of characters that a program could not read; write the file again with the original",
		column, cell)
}

func (p *parser) time(column, text string) (time.Time, *i18n.Text) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault("%s %q: 2024-05-01T09:00:00+09:00처럼 시간대까지 적으십시오.",
			"%s must have the form 2024-05-01T09:00:00+09:00, with the time zone, got %q", column, text)
	}
	if t.Before(earliest) || t.After(p.now) {
		return t, fault("%s %q: 있을 수 없는 시각입니다. 모르면 비워 두십시오.",
			"%s %q cannot be; leave it empty if it is not known", column, text)
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

// consents reads the two columns about agreements: entries "tag=version" or "tag=version@time" with semicolons between.
// The version is escaped as in a query. marketing_at may also be a time alone, if one term is about advertising.
func (p *parser) consents(terms, marketing string) (all []account.Consent, bad *i18n.Text) {
	if t, err := time.Parse(time.RFC3339, marketing); err == nil {
		i := slices.IndexFunc(p.terms, func(t consent.Term) bool { return t.Marketing })
		if i < 0 {
			return nil, fault("marketing_at: 광고 수신 동의가 NORANG_TERMS에 없습니다.",
				"marketing_at: NORANG_TERMS has no consent to advertising")
		}
		marketing = entry(account.Consent{Tag: p.terms[i].Tag, Version: p.terms[i].Version, At: t})
	}
	for _, c := range []struct {
		column, text string
		kind         account.ConsentKind
	}{{colTerms, terms, account.ConsentTerms}, {colMarketing, marketing, account.ConsentMarketing}} {
		if c.text == "" {
			continue
		}
		for _, one := range strings.Split(c.text, ";") {
			l, bad := p.consent(c.column, one)
			if bad != nil {
				return nil, bad
			}
			l.Kind = c.kind
			configured := slices.IndexFunc(p.terms, func(t consent.Term) bool { return t.Tag == l.Tag })
			switch {
			case l.Tag == string(account.ConsentAge) && c.kind == account.ConsentTerms:
				if l.Kind = account.ConsentAge; l.Version != minimumAge {
					return nil, fault("%s: 나이 확인은 age=%s로 적습니다. 적힌 값: %q", "%s: the declaration of age is age=%s, got %q",
						c.column, minimumAge, l.Version)
				}
			case configured >= 0 && p.terms[configured].Kind() != c.kind:
				return nil, fault("%s: %q 약관은 이 열에 적을 수 없습니다.", "%s: term %q does not belong in this column", c.column, l.Tag)
			case slices.ContainsFunc(all, func(o account.Consent) bool { return o.Tag == l.Tag }):
				return nil, fault("%s: %q 약관이 두 번 있습니다.", "%s: term %q is there twice", c.column, l.Tag)
			}
			all = append(all, l)
		}
	}
	return all, nil
}

func (p *parser) consent(column, text string) (l account.Consent, bad *i18n.Text) {
	tag, rest, _ := strings.Cut(text, "=")
	version, at, dated := strings.Cut(rest, "@")
	version, err := url.QueryUnescape(version)
	if !consent.IsTag(tag) || err != nil || version == "" || version != account.CleanText(version, 64) {
		return l, fault("%s %q: tag=version 또는 tag=version@시각을 세미콜론으로 이어 적으십시오.",
			"%s must be tag=version or tag=version@time, with semicolons between, got %q", column, text)
	}
	l = account.Consent{Tag: tag, Version: version, Agreed: true, Place: account.PlaceImport}
	if dated {
		l.At, bad = p.time(column, at)
	} else if column == colMarketing {
		bad = fault("%s %q: 동의한 시각이 없습니다. 2년마다 다시 알려야 합니다.",
			"%s %q has no time, from which the two years until the reminder count", column, text)
	}
	return l, bad
}

// entry writes an agreement.
func entry(c account.Consent) string {
	return c.Tag + "=" + url.QueryEscape(c.Version) + "@" + c.At.UTC().Format(timeForm)
}

// maxQuoted bounds a text in a report, in characters: a file that is no list may have a cell of any length.
const maxQuoted = 200

func fault(ko, en string, args ...any) *i18n.Text {
	for i, a := range args {
		if text, ok := a.(string); ok && utf8.RuneCountInString(text) > maxQuoted {
			args[i] = string([]rune(text)[:maxQuoted]) + "…"
		}
	}
	t := i18n.Textf(ko, en, args...)
	return &t
}

func spreadsheetFault(column, text string) *i18n.Text {
	return fault("%s %q: 스프레드시트나 실수 열이 바꾼 번호입니다. 고쳐 쓸 수 없으니, 글자로 내보내십시오.",
		"%s %q was changed by a spreadsheet or a floating-point column and cannot be repaired: export it as text",
		column, text)
}

// encodingFault names the encoding of a cell that is not UTF-8.
func encodingFault(cell string) *i18n.Text {
	b := []byte(cell)
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if i++; i == len(b) || b[i-1] == 0x80 || b[i-1] == 0xff || b[i] < 0x41 || b[i] == 0xff {
			return fault("UTF-8이 아닙니다. UTF-8로 내보내십시오.", "the file is not UTF-8: export it as UTF-8")
		}
	}
	return fault("UTF-8이 아니라 CP949(EUC-KR)인 것 같습니다. UTF-8로 내보내십시오.",
		"the file is not UTF-8, but apparently CP949 (EUC-KR): export it as UTF-8")
}

// guarded are the first characters of a cell that a spreadsheet could run. A leading apostrophe keeps it from doing so
// (XS-07); an apostrophe is guarded too, so that plain undoes exactly what guard did.
const guarded = "=+-@\t\r'"

// needsGuard reports whether a spreadsheet would run a cell, or show another number in its place.
func needsGuard(cell string) bool {
	return cell != "" && (strings.ContainsRune(guarded, rune(cell[0])) || damaged(cell))
}

func guard(cell string) string {
	if needsGuard(cell) {
		return "'" + cell
	}
	return cell
}

func plain(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && needsGuard(rest) {
		return rest
	}
	return cell
}
