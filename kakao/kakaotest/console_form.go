package kakaotest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// The console's forms are made from the types of the control API, and their content becomes a JSON body of it. Every
// member of a type therefore has a field, and the console can do what the control API can.

// formGroup is a group of members in a form.
type formGroup struct {
	title   string // text key
	members string // separated by blanks; a dot leads into a nested struct
}

// formField is one field of a form.
type formField struct {
	ID, Name, Label string
	Kind            string // switch, text, select, lines or json
	Value           string
	On              bool
	Options         []string
}

// formSection is a group with its fields.
type formSection struct {
	Title  string // text key
	Fields []formField
}

func appGroups() []formGroup {
	return []formGroup{
		{"form.basic", "app_id name type auto auto_persona members"},
		{"form.redirects", "redirect_uris logout_redirect_uris"},
		{"form.switches", "client_secret_off oidc_off login_off manual_link refuse_under_14 token_limit_off " +
			"floating_user_ids sanctioned"},
		{"form.webhooks", "unlink_webhook.url unlink_webhook.method account_webhook.url account_webhook.events " +
			"account_webhook.audience"},
		{"form.consent", "consent_items terms channels user_properties"},
		{"form.keys", "rest_key client_secret admin_key native_key javascript_key allowed_ips admin_apis domains " +
			"android_key_hashes ios_bundle_ids more_keys"},
	}
}

func accountGroups() []formGroup {
	return []formGroup{
		{"form.basic", "id nickname email name password label label_en"},
		{"form.switches", "email_unverified email_invalid default_nickname default_image no_account under_14 dormant " +
			"blocked not_member cancels rejoins"},
		{"form.profile", "gender birthyear birthday birthday_lunar leap_month age_range phone ci"},
		{"form.more", "declines user_id linked_to friends addresses"},
	}
}

func scenarioGroups() []formGroup {
	return []formGroup{
		{"form.which", "name endpoint app account skip times"},
		{"form.what", "code message status delay hang cut after rotate_keys"},
		{"form.body", "header body content_type set_json remove_json double_json trickle cut_body pad gzip"},
		{"form.idtoken", prefixed("id_token.", idTokenMembers)},
	}
}

func chaosGroups() []formGroup { return []formGroup{{"form.chaos", "seed fail cut slow max_delay"}} }

func approvalGroups() []formGroup {
	return []formGroup{{"form.approve", "account agree cancel params"}}
}

func sendGroups() []formGroup {
	return []formGroup{
		{"form.webhook", "app account user_id referrer_type event extra"},
		{"form.how", "times delay wrong_key method app_id body content_type"},
		{"form.idtoken", prefixed("token.", idTokenMembers)},
	}
}

const idTokenMembers = "alg key hmac_key tamper expired other_aud raw claims remove double header remove_header"

func prefixed(prefix, members string) string {
	return prefix + strings.ReplaceAll(members, " ", " "+prefix)
}

// options are the values of members that have a fixed set. The lists without a fixed set are suggestions.
func (s console) options(form, member string) []string {
	switch form + "." + member {
	case "app.type":
		return []string{AppBasic, AppBiz, AppTest}
	case "app.unlink_webhook.method", "send.method":
		return []string{"", "POST", "GET"}
	case "account.gender":
		return []string{"", "female", "male"}
	case "scenario.id_token.alg", "send.token.alg":
		return []string{"", "RS256", "HS256", "none"}
	case "scenario.id_token.key", "send.token.key":
		return []string{"", "other", "unknown"}
	case "scenario.endpoint":
		return append([]string{""}, Endpoints()...)
	case "scenario.code":
		return append([]string{""}, Codes()...)
	case "send.referrer_type":
		return append([]string{""}, ReferrerTypes()...)
	case "send.event":
		return append([]string{""}, AccountEvents()...)
	case "scenario.app", "send.app":
		var ids []string
		for _, a := range s.Apps() {
			ids = append(ids, fmt.Sprint(a.AppID))
		}
		return append([]string{"0"}, ids...)
	case "app.auto_persona", "scenario.account", "send.account", "approve.account":
		ids := []string{}
		for _, a := range s.Accounts()[:min(len(s.Accounts()), 500)] {
			ids = append(ids, a.ID)
		}
		if form == "app" {
			return ids
		}
		return append([]string{""}, ids...)
	}
	return nil
}

// form makes the sections of a form for v, a struct of the control API.
func (s console) form(p pageBase, name string, groups []formGroup, v any) []formSection {
	var out []formSection
	for _, g := range groups {
		section := formSection{Title: g.title}
		for _, member := range strings.Fields(g.members) {
			f := formField{ID: name + "-" + strings.ReplaceAll(member, ".", "-"), Name: member,
				Label: p.member(name, member)}
			value, _ := memberOf(reflect.ValueOf(v), member)
			f.Options = s.options(name, member)
			fill(&f, value)
			section.Fields = append(section.Fields, f)
		}
		out = append(out, section)
	}
	return out
}

// without removes a field that cannot change.
func without(sections []formSection, name string) []formSection {
	for i := range sections {
		sections[i].Fields = slices.DeleteFunc(sections[i].Fields, func(f formField) bool { return f.Name == name })
	}
	return sections
}

// fill sets kind and value of a field.
func fill(f *formField, v reflect.Value) {
	text, isText := v.Interface().(fmt.Stringer)
	switch {
	case v.Kind() == reflect.Bool:
		f.Kind, f.On = "switch", v.Bool()
	case v.Type() == reflect.TypeFor[Duration]():
		f.Kind = "text"
		if v.Int() != 0 {
			b, _ := v.Interface().(Duration).MarshalText() // never fails
			f.Value = string(b)
		}
	case isText:
		f.Kind, f.Value = "text", text.String()
	case f.Options != nil:
		f.Kind, f.Value = "select", fmt.Sprint(v.Interface())
		if !slices.Contains(f.Options, f.Value) {
			f.Options = append(f.Options, f.Value)
		}
	case v.Kind() == reflect.String, v.CanInt(), v.CanFloat():
		f.Kind, f.Value = "text", fmt.Sprint(v.Interface())
		if v.IsZero() {
			f.Value = ""
		}
	case v.Type() == reflect.TypeFor[[]string](), v.Type() == reflect.TypeFor[[]int64]():
		f.Kind = "lines"
		for i := range v.Len() {
			f.Value += fmt.Sprintln(v.Index(i).Interface())
		}
	default:
		f.Kind = "json"
		if v.Kind() != reflect.Invalid && !v.IsZero() {
			b, err := json.MarshalIndent(v.Interface(), "", "  ")
			if err == nil {
				f.Value = string(b)
			}
		}
	}
}

// memberOf returns the member of a struct at a dotted path. A nil pointer on the way counts as a zero struct.
func memberOf(v reflect.Value, path string) (reflect.Value, bool) {
	for name := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v = reflect.Zero(v.Type().Elem())
			} else {
				v = v.Elem()
			}
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}, false
		}
		i := slices.IndexFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			return tag == name
		})
		if i < 0 {
			return reflect.Value{}, false
		}
		v = v.FieldByIndex(reflect.VisibleFields(v.Type())[i].Index)
	}
	return v, true
}

// readInto sets the members of v, a pointer to a struct of the control API, that the form has. Other members stay.
func readInto(form url.Values, v any) error {
	body := map[string]any{}
	for _, name := range sortedNames(form) {
		target, ok := memberOf(reflect.ValueOf(v), name)
		if !ok {
			continue // the form's own fields
		}
		text := strings.TrimSpace(strings.ReplaceAll(form[name][len(form[name])-1], "\r\n", "\n"))
		value, err := formValue(target.Type(), text)
		if err != nil {
			return emulator.Errorf("%s: %v", "%s: %v", name, err)
		}
		if parent, _, nested := strings.Cut(name, "."); text == "" && nested && isPointer(v, parent) {
			continue // a nested object without values stays absent
		}
		if value != nil {
			put(body, name, value)
		}
	}
	return decodeJSON(encodeJSON(body), v)
}

func isPointer(v any, member string) bool {
	f, ok := memberOf(reflect.ValueOf(v), member)
	return ok && f.Kind() == reflect.Pointer
}

// formValue converts the text of a field to a JSON value; nil means that the member is left out.
func formValue(t reflect.Type, text string) (any, error) {
	switch {
	case t.Kind() == reflect.Bool:
		return text != "", nil
	case t == reflect.TypeFor[Duration]():
		if text == "" {
			return "0s", nil
		}
		return text, nil
	case t.Kind() == reflect.String:
		return text, nil
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64, t.Kind() == reflect.Float64:
		if text == "" {
			text = "0"
		}
		if !json.Valid([]byte(text)) {
			return nil, emulator.Errorf("숫자여야 합니다: %q", "must be a number, got %q", clip(text, 40))
		}
		return json.RawMessage(text), nil
	case t == reflect.TypeFor[[]string]():
		return append([]string{}, nonEmptyLines(text)...), nil
	case t == reflect.TypeFor[[]int64]():
		return json.RawMessage("[" + strings.Join(nonEmptyLines(text), ",") + "]"), nil
	case text == "":
		return json.RawMessage("null"), nil
	case !json.Valid([]byte(text)):
		return nil, emulator.Errorf("JSON이어야 합니다", "must be JSON")
	}
	return json.RawMessage(text), nil
}

func nonEmptyLines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// put sets a member at a dotted path.
func put(body map[string]any, path string, value any) {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		body[first] = value
		return
	}
	inner, ok := body[first].(map[string]any)
	if !ok {
		inner = map[string]any{}
		body[first] = inner
	}
	put(inner, rest, value)
}
