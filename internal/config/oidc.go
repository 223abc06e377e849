package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang"
)

// OpenID Connect providers have names of the operator's choice, so their rows are made from a template when the names
// are known. Everything else is the same for them as for the rows of the table.

const (
	oidcPrefix  = "OIDC_"
	oidcSection = "oidc"
)

var (
	oidcName   = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)               // in the file
	oidcIssuer = regexp.MustCompile(`^OIDC_([A-Z][A-Z0-9_]*)_ISSUER$`) // in the environment
	oidcMiddle = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// rowsOf is the table with the rows of OpenID Connect providers in their place.
func rowsOf(names []string) []Setting {
	var rows []Setting
	for _, name := range names {
		rows = append(rows, OIDCSettings(name)...)
	}
	at := slices.IndexFunc(table, func(s Setting) bool { return s.Group > GroupOIDC })
	return slices.Insert(slices.Clone(table), at, rows...)
}

// named is the row for one provider. It has no flag, because the flags of a command cannot depend on the environment.
func (r oidcSetting) named(name string) Setting {
	fill := strings.NewReplacer("{name}", name)
	s := r.Setting
	s.Name, s.Key, s.Group = oidcVariable(name)+r.Name, oidcSection+"."+name+"."+r.Key, GroupOIDC
	s.Default, s.Example = fill.Replace(s.Default), fill.Replace(s.Example)
	s.DefaultText.Ko, s.DefaultText.En = fill.Replace(s.DefaultText.Ko), fill.Replace(s.DefaultText.En)
	s.field = func(all *Settings) any { return r.of(all.oidcNamed(name)) }
	return s
}

// OIDCSettings are the settings of the provider with a name, with the issuer and the client ID first. They are like
// those of the table, without flags.
func OIDCSettings(name string) []Setting {
	var rows []Setting
	for _, row := range oidcSettings {
		rows = append(rows, row.named(name))
	}
	return rows
}

// CheckOIDCName checks the name for a provider. The error is the one with which the service refuses it; NAME stands for
// the name, which may not be possible in a variable.
func CheckOIDCName(name string) *Error {
	cfg := norang.Config{
		URL:  "https://login.example.com",
		OIDC: []norang.OIDC{{Name: name, Issuer: "https://id.example.com", ClientID: "login"}},
	}
	errs := Unusable(cfg.Check(), nil)
	if len(errs) == 0 {
		return nil
	}
	errs[0].Setting = oidcVariable("name") + oidcSettings[0].Name
	return errs[0]
}

// oidcVariable is what the variables of a provider begin with.
func oidcVariable(name string) string {
	return oidcPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
}

// oidcNamed is the provider with a name; it is added if it is new.
func (s *Settings) oidcNamed(name string) *norang.OIDC {
	i := slices.IndexFunc(s.OIDC, func(o norang.OIDC) bool { return o.Name == name })
	if i < 0 {
		i = len(s.OIDC)
		s.OIDC = append(slices.Clip(s.OIDC), norang.OIDC{Name: name})
	}
	return &s.OIDC[i]
}

// oidcNames are the providers that the environment or the file turns on, sorted: those with an issuer in the
// environment, because other programs have variables like OIDC_RP_CLIENT_ID, and every section of the file.
func oidcNames(environ []string, root map[string]any) []string {
	names := map[string]bool{}
	for _, entry := range environ {
		variable, text, _ := strings.Cut(entry, "=")
		if m := oidcIssuer.FindStringSubmatch(variable); m != nil && text != "" {
			names[strings.ToLower(strings.ReplaceAll(m[1], "_", "-"))] = true
		}
	}
	sections, _ := root[oidcSection].(map[string]any)
	for name, v := range sections {
		if _, isSection := v.(map[string]any); isSection && oidcName.MatchString(name) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// oidcNamesOf are the names of the providers in settings.
func oidcNamesOf(s *Settings) (names []string) {
	for _, o := range s.OIDC {
		names = append(names, o.Name)
	}
	return names
}

// ofOIDC reports whether a variable is a setting of some OpenID Connect provider, and the variable of its issuer.
func ofOIDC(variable string) (issuer string, ok bool) {
	rest, ok := strings.CutPrefix(variable, oidcPrefix)
	if !ok {
		return "", false
	}
	best := ""
	for _, row := range oidcSettings {
		for _, suffix := range row.Names() {
			middle, found := strings.CutSuffix(rest, "_"+suffix)
			// The longest suffix leaves the shortest name: OIDC_A_SIGNOUT_REDIRECT_URI is of A.
			if found && oidcMiddle.MatchString(middle) && (best == "" || len(middle) < len(best)) {
				best = middle
			}
		}
	}
	return oidcPrefix + best + "_ISSUER", best != ""
}

// oidcSettingOf is the setting of a field of norang.Config.OIDC, such as OIDC.keycloak.ClientID. The name itself is set
// by the issuer's variable.
func oidcSettingOf(field string) (setting string, ok bool) {
	if field == "OIDC" { // none in particular
		field = "OIDC.name.Issuer"
	}
	name, member, ok := strings.Cut(strings.TrimPrefix(field, "OIDC."), ".")
	if !ok || !strings.HasPrefix(field, "OIDC.") {
		return "", false
	}
	if member == "Name" {
		return oidcVariable(name) + oidcSettings[0].Name, true
	}
	i := slices.IndexFunc(oidcSettings, func(r oidcSetting) bool { return r.member == member })
	if i < 0 {
		return "", false
	}
	return oidcVariable(name) + oidcSettings[i].Name, true
}
