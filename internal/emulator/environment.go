package emulator

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Variable is an environment variable that configures an emulator. Those outside the emulator's own prefix have the
// names that services use, so that one set of variables configures the service and the emulator.
type Variable[C any] struct {
	Name string
	Set  func(*C, string) error
}

// TextVariable sets a text.
func TextVariable[C any](name string, member func(*C) *string) Variable[C] {
	return Variable[C]{name, func(c *C, v string) error { *member(c) = v; return nil }}
}

// FlagVariable sets a bool.
func FlagVariable[C any](name string, member func(*C) *bool) Variable[C] {
	return Variable[C]{name, func(c *C, v string) (err error) {
		if *member(c), err = strconv.ParseBool(v); err != nil {
			return Errorf("true나 false여야 합니다: %q", "must be true or false, got %q", Clip(v, 40))
		}
		return nil
	}}
}

// ListVariable adds the entries of a list, separated by commas or spaces.
func ListVariable[C any](name string, member func(*C) *[]string) Variable[C] {
	return Variable[C]{name, func(c *C, v string) error {
		list := member(c)
		*list = append(*list, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
		return nil
	}}
}

// NumberVariable sets a whole number.
func NumberVariable[C any](name string, member func(*C) *int64) Variable[C] {
	return Variable[C]{name, func(c *C, v string) error {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return Errorf("정수여야 합니다: %q", "must be a whole number, got %q", Clip(v, 40))
		}
		*member(c) = n
		return nil
	}}
}

// Environment returns c with the settings of environ (as from os.Environ), in the order of variables. An empty value
// counts as unset. The error names every variable with an invalid value, and every unknown one with the prefix.
func Environment[C any](c C, prefix string, variables []Variable[C], environ []string) (C, error) {
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); value != "" {
			values[name] = value
		}
	}
	known := []string{prefix + "LISTEN"} // read by the command, or one of variables
	var faults []error
	for _, v := range variables {
		if value, ok := values[v.Name]; ok {
			if err := v.Set(&c, value); err != nil {
				faults = append(faults, Errorf("%s: %v", "%s: %v", v.Name, err))
			}
		}
		if strings.HasPrefix(v.Name, prefix) && v.Name != known[0] {
			known = append(known, v.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(name, prefix) && !slices.Contains(known, name) {
			faults = append(faults, Errorf("모르는 환경 변수입니다: %s%s", "unknown variable %s%s", name, OneOf(known)))
		}
	}
	return c, errors.Join(faults...)
}
